"""Packing: images and masks fitted into squares, decoded once for all later stages."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from selcn.data.images import read_image
from selcn.jobs.parallel import in_order
from selcn.storage.artifacts import DamagedArtifactError
from selcn.storage.checksums import set_aside
from selcn.storage.row_arrays import writing_rows

FITS = ("stretch", "pad", "crop")


@dataclass(frozen=True)
class PackSettings:
    """Settings of packing.

    Parameters
    ----------
    size
        Side of the packed square, in pixels.
    fit
        How a rectangle becomes a square: "stretch" changes the aspect ratio, "pad" adds black along the shorter side,
        "crop" keeps the centre of the longer side.

    Raises
    ------
    ValueError
        `size` is not positive, or `fit` is not one of `FITS`.
    """

    size: int = 256
    fit: str = "stretch"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size is {self.size}; expected a positive number of pixels")
        if self.fit not in FITS:
            raise ValueError(f"unknown fit {self.fit!r}; expected one of {', '.join(FITS)}")


def _resize(array: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize by area averaging if neither side grows, else bicubically."""
    shrinks = height <= array.shape[0] and width <= array.shape[1]
    return cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _stretch(array: np.ndarray, size: int) -> np.ndarray:
    return _resize(array, size, size)


def _pad(array: np.ndarray, size: int) -> np.ndarray:
    height, width = (max(1, round(side * size / max(array.shape[:2]))) for side in array.shape[:2])
    top, left = (size - height) // 2, (size - width) // 2
    padded = np.zeros((size, size, *array.shape[2:]), array.dtype)
    padded[top : top + height, left : left + width] = _resize(array, width, height)
    return padded


def _crop(array: np.ndarray, size: int) -> np.ndarray:
    side = min(array.shape[:2])
    top, left = (array.shape[0] - side) // 2, (array.shape[1] - side) // 2
    return _resize(array[top : top + side, left : left + side], size, size)


_FITTING: dict[str, Callable[[np.ndarray, int], np.ndarray]] = dict(zip(FITS, (_stretch, _pad, _crop), strict=True))


def pack_image(image: np.ndarray, settings: PackSettings) -> np.ndarray:
    """Fit an image into the packed square.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    np.ndarray
        uint8 (S, S, 3) RGB.
    """
    return _FITTING[settings.fit](image, settings.size)


def pack_mask(mask: np.ndarray, settings: PackSettings) -> np.ndarray:
    """Fit a lesion mask into the packed square, as `pack_image` fits its image.

    Parameters
    ----------
    mask
        bool (H, W), True on the lesion.

    Returns
    -------
    np.ndarray
        uint8 (S, S), 1 where at least half of the pixel's area is lesion, else 0.
    """
    share = _FITTING[settings.fit](mask.astype(np.float32), settings.size)
    return (share >= 0.5).astype(np.uint8)


def join_manifests(index: pd.DataFrame, hair: pd.DataFrame, hair_path: Path) -> pd.DataFrame:
    """Return the index, in its order, with each clean image's path and SHA-256 (columns clean_path, clean_sha256).

    Raises
    ------
    ValueError
        The hair removal's manifest does not list the images of the index.
    """
    unmatched = sorted(set(index["image_id"]) ^ set(hair["image_id"]))
    if unmatched:
        raise ValueError(
            f"{hair_path}: {len(unmatched)} images are in only one of it and the index, such as {unmatched[0]}; "
            "expected the same images: delete it and run the same command again"
        )
    clean = pd.DataFrame(
        {
            "image_id": hair["image_id"],
            "clean_path": [str(hair_path.parents[1] / path) for path in hair["path"]],
            "clean_sha256": hair["sha256"],
        }
    )
    return index.merge(clean, on="image_id", how="left", validate="one_to_one")


def pack_row(row, settings: PackSettings, hair_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return one packed clean image, and its mask; zeros where the index names none."""
    try:
        image = read_image(row.clean_path, row.clean_sha256)
    except (DamagedArtifactError, FileNotFoundError) as error:
        set_aside(row.clean_path)
        set_aside(hair_path)
        what = f"{row.clean_path}: not the image that {hair_path} lists"
        raise DamagedArtifactError(f"{what}; both were set aside, run the same command again") from error
    packed = pack_image(image, settings)
    if pd.isna(row.mask_path):
        return packed, np.zeros((settings.size, settings.size), np.uint8)
    mask = read_image(row.mask_path, row.mask_sha256)
    if mask.shape != image.shape:
        raise ValueError(
            f"{row.mask_path}: the mask is {mask.shape[1]}x{mask.shape[0]} pixels; expected "
            f"{image.shape[1]}x{image.shape[0]}, the size of {row.image_id}: supply the mask at its image's size"
        )
    return packed, pack_mask(mask[..., 0] > 0, settings)


def pack(table: pd.DataFrame, settings: PackSettings, hair_path: Path, threads: int, folder: Path) -> pd.DataFrame:
    """Write the arrays of a shard into a folder and return their manifest."""
    cv2.setNumThreads(1)
    shape, checksums = (settings.size, settings.size), []
    rows = in_order(partial(pack_row, settings=settings, hair_path=hair_path), table.itertuples(), threads)
    with (
        writing_rows(folder / "images.npy", len(table), (*shape, 3), np.uint8) as append_image,
        writing_rows(folder / "masks.npy", len(table), shape, np.uint8) as append_mask,
    ):
        for image, mask in tqdm(rows, total=len(table), unit="image", disable=None):
            append_image(image)
            append_mask(mask)
            checksums.append(hashlib.sha256(image.tobytes() + mask.tobytes()).hexdigest())
    columns = table[["image_id", "lesion_id", "label", "part"]]
    return columns.assign(has_mask=table["mask_path"].notna(), sha256=checksums)
