"""Sources of the figures: packed arrays and CAMs, looked up by image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from selcn.data.input_masks import InputMasks
from selcn.masks.lae import Box, box_mask
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, rows_of
from selcn.storage.row_arrays import ShardedArray


@dataclass(frozen=True)
class NamedArray:
    """An array of one row per image, looked up by image id.

    Attributes
    ----------
    array
        Shape (N, ...).
    rows
        The row of each image, indexed by image_id.
    """

    array: ShardedArray
    rows: pd.Series

    @classmethod
    def open(cls, paths: Sequence[str], manifest: pd.DataFrame) -> "NamedArray":
        """Open a data set's array from its shards' files; a manifest, indexed by image_id, names its rows."""
        return cls(ShardedArray(paths, manifest.index), pd.Series(np.arange(len(manifest)), manifest.index))

    def __getitem__(self, image_id: str) -> np.ndarray:
        return self.array[int(self.rows[image_id])]


@dataclass(frozen=True)
class InputImages:
    """Network inputs of a data set's images under each mask.

    Attributes
    ----------
    images, masks
        Packed images uint8 (N, S, S, 3) and segmentation masks (N, S, S), 0/1, empty where no lesion was found.
    input_masks
        The segmentation masks as the networks' input takes them, (N, S, S), 0/1.
    boxes
        The masks' manifest, indexed by image_id; columns x0, y0, x1, y1: the LAE box in pixels, half-open.
    """

    images: NamedArray
    masks: NamedArray
    input_masks: NamedArray
    boxes: pd.DataFrame

    @classmethod
    def open(cls, images: Sequence[str], packed: str, masks: Sequence[str], masks_manifest: str) -> "InputImages":
        """Open the packed images (arrays, manifest) and the masks (arrays, manifest) of one data set."""
        boxes = indexed(masks_manifest)
        predicted = NamedArray.open(masks, boxes)
        taken = NamedArray(InputMasks(masks, boxes.reset_index()), predicted.rows)
        return cls(NamedArray.open(images, indexed(packed)), predicted, taken, boxes)

    def box(self, image_id: str) -> Box:
        """Return the LAE box (x0, y0, x1, y1) of an image, in pixels, half-open."""
        x0, y0, x1, y1 = (int(edge) for edge in self.boxes.loc[image_id, ["x0", "y0", "x1", "y1"]])
        return x0, y0, x1, y1

    def __getitem__(self, image_id: str) -> dict[str, np.ndarray]:
        """Return the network's input, uint8 (S, S, 3) RGB, for each of none, seg and lae."""
        image = self.images[image_id]
        return {
            "none": image,
            "seg": masked(image, self.input_masks[image_id]),
            "lae": masked(image, box_mask(self.box(image_id), len(image))),
        }


def masked(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return an image, uint8 (H, W, 3), set to black outside a mask (H, W), bool or 0/1."""
    return image * mask.astype(bool)[..., None].view(np.uint8)


@dataclass(frozen=True)
class Cam:
    """One class activation map.

    Attributes
    ----------
    map
        Shape (h, w), float16, 0..1.
    predicted
        The predicted class, which the CAM explains.
    empty
        Whether the CAM is zero everywhere.
    """

    map: np.ndarray
    predicted: str
    empty: bool

    def verdict(self, truth: str) -> str:
        """Return the predicted class with a tick if right or a cross if wrong, and a remark on an empty CAM."""
        return f"{self.predicted} {'✓' if self.predicted == truth else '✗'}{self.remark}"

    @property
    def remark(self) -> str:
        """A line that says that the CAM is empty; nothing for any other."""
        return "\n(empty CAM)" if self.empty else ""


@dataclass(frozen=True)
class CamTable:
    """The CAMs of one model for images as they are, not flipped or rotated."""

    frame: pd.DataFrame
    maps: np.ndarray
    path: str

    @classmethod
    def open(cls, path: str | Path) -> "CamTable":
        """Read a table of CAMs."""
        return cls(*load_cams(path), str(path))

    @property
    def image_ids(self) -> set[str]:
        """The images with a CAM."""
        return set(self.frame.loc[self.frame["variant"] == "original", "image_id"])

    def maps_of(self, image_ids: Sequence[str]) -> np.ndarray:
        """Return the CAMs of M images, float16 (M, h, w)."""
        return self.maps[rows_of(self.frame, image_ids, ["original"] * len(image_ids), self.path)]

    def __getitem__(self, image_id: str) -> Cam:
        row = rows_of(self.frame, [image_id], ["original"], self.path)[0]
        found = self.frame.iloc[row]
        return Cam(self.maps[row], found["predicted"], bool(found["empty"]))


def indexed(path: str | Path) -> pd.DataFrame:
    """Read a table with one row for each image, indexed by image_id."""
    return read_table(path).set_index("image_id")
