"""Segmentation masks as they are laid over images, with one rule for images in which no lesion was found."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selcn.storage.row_arrays import ShardedArray


def without_lesion(manifest: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return which images of a masks' manifest have no predicted lesion, and which of these stay whole, (N,) bool each.

    Both of their masks are the LAE box, which is the whole image or empty (`empty_masks` of the configuration).
    """
    empty = ~manifest["lesion_found"].to_numpy(bool)
    return empty, empty & (manifest["x1"] > manifest["x0"]).to_numpy()


class InputMasks(ShardedArray):
    """The masks of a data set as a network's input takes them, (N, S, S) uint8, 0 or 1.

    They are the predicted masks except where no lesion was found: see `without_lesion`. The files keep the empty mask.

    Parameters
    ----------
    paths
        The shards' masks.npy, in order.
    manifest
        The masks' manifest, one row for each image.
    """

    def __init__(self, paths: Sequence[str], manifest: pd.DataFrame) -> None:
        super().__init__(paths, manifest["image_id"])
        _, self._whole = without_lesion(manifest)

    def __getitem__(self, rows: int | Sequence[int] | np.ndarray) -> np.ndarray:
        """Return one mask, or those of an array of row numbers."""
        masks = super().__getitem__(rows)
        masks[self._whole[rows]] = 1
        return masks
