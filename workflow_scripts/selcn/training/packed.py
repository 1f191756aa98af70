"""Packed images of a data set and the masks over them, opened once a job."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch

from selcn.data.input_masks import InputMasks
from selcn.jobs.resumable import as_list
from selcn.networks.settings import InputSettings
from selcn.storage.artifacts import read_table
from selcn.storage.gpu_shards import open_packed
from selcn.storage.row_arrays import ShardedArray
from selcn.training.images import BoxMasks, Pixels
from selcn.training.residency import resident


@dataclass(frozen=True)
class PackedImages:
    """The packed images of a data set, or of a shard of it.

    Attributes
    ----------
    rows
        The manifest, N rows: image_id, label and more.
    images
        (N, S, S, 3) uint8, RGB.
    masks
        What is laid over them, (N, S, S) uint8, 0 or 1; None leaves the images whole.
    """

    rows: pd.DataFrame
    images: ShardedArray
    masks: InputMasks | BoxMasks | None

    @classmethod
    def open(cls, inputs, mask: str = "none") -> "PackedImages":
        """Open a data set's images from a job's inputs: `images`, `rows`, and for a mask what `open_masks` takes."""
        rows = read_table(inputs.rows)
        return cls._masked(rows, ShardedArray(as_list(inputs.images), rows["image_id"]), inputs, mask)

    @classmethod
    def open_shard(cls, inputs, shard: Mapping[str, object], mask: str = "none") -> "PackedImages":
        """Open a GPU stage's shard from packed shards: see `selcn.storage.gpu_shards.open_packed`."""
        return cls._masked(*open_packed(as_list(inputs.images), as_list(inputs.rows), shard), inputs, mask)

    @classmethod
    def _masked(cls, rows: pd.DataFrame, images: ShardedArray, inputs, mask: str) -> "PackedImages":
        return cls(rows, images, open_masks(mask, inputs, rows["image_id"], images.shape[1]))

    def pixels(self, settings: InputSettings, device: torch.device) -> Pixels:
        """Return the images for a network's batches, on the device where they fit there."""
        masks = None if self.masks is None else resident(self.masks, device)
        return Pixels(resident(self.images, device), masks, settings, device)


def open_masks(mask: str, inputs, ids: pd.Series, size: int) -> InputMasks | BoxMasks | None:
    """Return what to lay over a data set's images.

    Parameters
    ----------
    mask
        `none`, `seg` or `lae`.
    inputs
        A job's inputs: `mask_rows` (the masks' manifest); `masks` (the shards' masks.npy) for `seg`.
    ids
        The packed images, (N,).
    size
        Side of the packed images, in pixels.

    Returns
    -------
    InputMasks, BoxMasks or None
        (N, S, S) uint8, 0 or 1, in the order of the packed rows; None for `none`. Both masks are the same, whole or
        empty, where no lesion was found.

    Raises
    ------
    ValueError
        The masks' manifest does not list the packed images.
    """
    if mask == "none":
        return None
    boxes = read_table(inputs.mask_rows)
    if not boxes["image_id"].equals(ids):
        raise ValueError(
            f"{inputs.mask_rows}: lists other images than are packed; delete it and run the same command again"
        )
    if mask == "seg":
        return InputMasks(as_list(inputs.masks), boxes)
    return BoxMasks(torch.tensor(boxes[["x0", "y0", "x1", "y1"]].to_numpy()), size)
