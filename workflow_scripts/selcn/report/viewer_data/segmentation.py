"""Dice of the masks on disk, those that every later stage uses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selcn.evaluation.metrics import segmentation_scores
from selcn.masks.pixel_counts import pixel_counts
from selcn.storage.row_arrays import ShardedArray

# Masks in memory at once.
BLOCK = 64


def dice_of(
    masks: ShardedArray | np.ndarray, truth: ShardedArray | np.ndarray, rows: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Return the Dice of predicted and true masks, (n,) in 0..1, for some rows of both, (N, S, S) each."""
    blocks = [np.asarray(rows[begin : begin + BLOCK]) for begin in range(0, len(rows), BLOCK)]
    counts = [pixel_counts(masks[block], truth[block]) for block in blocks]
    return segmentation_scores(pd.concat(counts))["dice"].to_numpy() if counts else np.empty(0)
