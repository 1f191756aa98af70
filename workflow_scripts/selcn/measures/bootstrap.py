"""Draws of lesions, as weights of images, and measures under all draws at once."""

import numpy as np


def lesion_weights(groups: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw as many lesions as there are, with replacement, and all images of each.

    Parameters
    ----------
    groups
        The lesion of each of N images, (N,).

    Returns
    -------
    np.ndarray
        Shape (draws, N), float64: how often each image is drawn.
    """
    names, lesion = np.unique(groups, return_inverse=True)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return times[:, lesion].astype(np.float64)


def weighted_accuracy(right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of right predictions under each draw, (draws,), of right, bool (N,), and weights (draws, N)."""
    return weights @ right / weights.sum(axis=1)


def weighted_balanced_accuracy(right: np.ndarray, label: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean recall over the classes that each draw holds, (draws,); label is (N,), the rest as above."""
    truth = (label[:, None] == np.unique(label)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        recalls = (weights @ (truth * right[:, None])) / (weights @ truth)
    return np.nanmean(recalls, axis=1)


def weighted_auc(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve under each draw, (draws,).

    Parameters
    ----------
    positive
        bool (N,), the truth.
    score
        Shape (N,); the higher, the more likely positive.
    weights
        Shape (draws, N).

    Returns
    -------
    np.ndarray
        0..1; NaN under a draw without a positive or without a negative image.
    """
    order = np.argsort(score, kind="stable")
    positive, score = positive[order], score[order]
    # Images of equal score: half of the pairs among them count.
    begins = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    weights = weights[:, order]
    ups = np.add.reduceat(weights * positive, begins, axis=1)
    downs = np.add.reduceat(weights * ~positive, begins, axis=1)
    below = np.cumsum(downs, axis=1) - downs / 2
    with np.errstate(invalid="ignore"):
        return (ups * below).sum(axis=1) / (ups.sum(axis=1) * downs.sum(axis=1))
