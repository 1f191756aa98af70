"""Bootstrap resamples of lesions as image weights, and metrics under all resamples at once."""

import numpy as np


def lesion_weights(groups: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return bootstrap weights of images: lesions are resampled with replacement, each with all of its images.

    Parameters
    ----------
    groups
        The lesion of each of N images, (N,).

    Returns
    -------
    np.ndarray
        Shape (resamples, N), float32: how often each image occurs.
    """
    names, lesion = np.unique(groups, return_inverse=True)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return times[:, lesion].astype(np.float32)


def weighted_accuracy(right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the accuracy under each of R resamples, (R,), from right, bool (N,), and weights (R, N)."""
    # Sums of integer weights are exact in single precision below 2^24.
    return _float64(weights @ right.astype(weights.dtype)) / weights.sum(axis=1)


def weighted_balanced_accuracy(right: np.ndarray, label: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean recall over the classes in each resample, (R,), from right (N,), label (N,), weights (R, N)."""
    truth = (label[:, None] == np.unique(label)).astype(weights.dtype)
    with np.errstate(invalid="ignore"):
        recalls = _float64(weights @ (truth * right[:, None])) / (weights @ truth)
    return np.nanmean(recalls, axis=1)


def weighted_auc(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve under each of R resamples, (R,).

    Parameters
    ----------
    positive
        bool (N,), the truth.
    score
        Shape (N,); the higher, the more likely positive.
    weights
        Shape (R, N).

    Returns
    -------
    np.ndarray
        0..1; NaN under a resample without a positive or without a negative image.
    """
    order = np.flatnonzero(~positive)[np.argsort(score[~positive], kind="stable")]
    below = np.zeros((len(weights), len(order) + 1), weights.dtype)
    np.cumsum(weights[:, order], axis=1, out=below[:, 1:])
    # Negative images scored below each positive one; ties count half.
    low, high = (np.searchsorted(score[order], score[positive], side) for side in ("left", "right"))
    ups = weights[:, positive]
    won = (ups * (_float64(below[:, low]) + below[:, high])).sum(axis=1) / 2
    with np.errstate(invalid="ignore"):
        return won / (_float64(ups.sum(axis=1)) * below[:, -1])


def _float64(sums: np.ndarray) -> np.ndarray:
    return sums.astype(np.float64)
