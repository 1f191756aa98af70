"""Confidence intervals and p values of differences between cells, over lesions and training seeds."""

import numpy as np
from scipy import stats

# Sums of the same terms in another order count as equal.
ROUNDING = 1e-12


def degrees_of_freedom(left_out: np.ndarray) -> np.ndarray:
    """Return the degrees of freedom of a difference's variance over lesions, by Satterthwaite's approximation.

    The variance is a mean of squared influences of lesions, and is less certain the fewer lesions dominate it: in a
    mean over classes, those of the rarest class. Its degrees of freedom are 2 V^2 / var(V).

    Parameters
    ----------
    left_out
        Shape (P, L, M): differences without each lesion in turn.

    Returns
    -------
    ndarray
        Shape (P, M), at least 2; infinite where all lesions have equal influence.
    """
    squares = (left_out - left_out.mean(axis=1, keepdims=True)) ** 2
    squared_sum = squares.sum(axis=1) ** 2
    uncertainty = (squares**2).sum(axis=1) - squared_sum / left_out.shape[1]
    return np.divide(2 * squared_sum, uncertainty, out=np.full_like(uncertainty, np.inf), where=uncertainty > 0)


def widened(resampled: np.ndarray, difference: np.ndarray, degrees: np.ndarray, alpha: float) -> np.ndarray:
    """Return resamples (P, D, M) stretched about the difference (P, M) by the ratio of Student's t to the normal.

    Percentiles of bootstrap resamples are as narrow as if the variance were known; the stretch allows for its
    uncertainty (the expanded percentile interval of Hesterberg 2015).
    """
    factor = stats.t.ppf(1 - alpha / 2, degrees) / stats.norm.ppf(1 - alpha / 2)
    return difference[:, None] + factor[:, None] * (resampled - difference[:, None])


def training_error(by_seed: np.ndarray, resampled: np.ndarray) -> np.ndarray:
    """Return the part of a difference's standard error that comes from training.

    The differences of S seeds vary because trainings vary, and because each seed's networks err on lesions of their
    own. Every resample of lesions includes the second part already, so it is subtracted here, as estimated from the
    resamples.

    Parameters
    ----------
    by_seed
        Shape (P, S, M): differences of P pairs on the test set, at least two seeds.
    resampled
        Shape (P, D, S, M): the same on D resamples of the lesions.

    Returns
    -------
    ndarray
        Shape (P, M), float64, of the mean over seeds; 0 where the seeds differ by no more than lesions explain.
    """
    seeds = by_seed.shape[1]
    in_all = by_seed.var(axis=1, ddof=1) / seeds
    of_lesions = (resampled - resampled.mean(axis=2, keepdims=True)).var(axis=1).mean(axis=1) / (seeds - 1)
    return np.sqrt(np.maximum(in_all - of_lesions, 0))


def training_variation(error: np.ndarray, seeds: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return samples (P, count, M) of the change that retraining adds: Student's t, S - 1 degrees, times the error.

    The t value of a sample is the same for all pairs and metrics.
    """
    return generator.standard_t(seeds - 1, count)[:, None] * error[:, None, :]


def interval(resampled: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval, low and high, (P, M) each, of resamples (P, D, M); NaN where a resample is."""
    low, high = np.quantile(resampled, [alpha / 2, 1 - alpha / 2], axis=1)
    return low, high


def two_sided_p(difference: np.ndarray, permuted: np.ndarray) -> np.ndarray:
    """Return the share (P, M) of permutations (P, D, M) at least as far from 0 as the observed difference (P, M).

    The observed difference counts as one more permutation, so that no p is 0. A NaN counts as far: it never makes a p
    smaller.
    """
    nearer = np.abs(permuted) < np.abs(difference)[:, None] - ROUNDING
    return (1 + (~nearer).sum(axis=1)) / (1 + permuted.shape[1])


def holm(p: np.ndarray) -> np.ndarray:
    """Return the p values of one family (n,) adjusted by Holm's step-down method, in the given order."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted
