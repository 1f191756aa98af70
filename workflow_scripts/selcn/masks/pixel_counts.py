"""Pixel counts of predicted lesion masks (true and false positives and negatives), and the mean Dice."""

import numpy as np
import pandas as pd


def pixel_counts(pred: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Return the true and false positive and negative pixels of each image.

    Parameters
    ----------
    pred, truth
        Predicted and true masks, (N, H, W), bool or 0/1: true on the lesion.

    Returns
    -------
    DataFrame
        N rows in the given order; columns tp, fp, fn, tn (int64, pixels).

    Raises
    ------
    ValueError
        The shapes differ.
    """
    if pred.shape != truth.shape or pred.ndim != 3:
        raise ValueError(f"masks of shapes {pred.shape} and {truth.shape}; expected the same, (images, height, width)")
    pred, truth = pred.astype(bool, copy=False), truth.astype(bool, copy=False)
    kinds = {"tp": pred & truth, "fp": pred & ~truth, "fn": ~pred & truth, "tn": ~pred & ~truth}
    return pd.DataFrame({name: np.count_nonzero(kind, axis=(1, 2)) for name, kind in kinds.items()})


def mean_dice(counts: pd.DataFrame) -> float:
    """Return the mean Dice over images, 0..1, the criterion of model selection; 1 where both masks are empty."""
    touched = 2 * counts["tp"] + counts["fp"] + counts["fn"]
    return float((2 * counts["tp"] / touched).where(touched > 0, 1.0).mean())
