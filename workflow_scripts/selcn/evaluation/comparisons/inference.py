"""Intervals and p values of differences between cells, from draws of lesions and from what seeds differ by."""

import numpy as np
from scipy import stats

# Two sums of the same terms in another order are not told apart.
ROUNDING = 1e-12


def degrees_of_freedom(left_out: np.ndarray) -> np.ndarray:
    """Return how many degrees of freedom the lesions give to the variance of a difference.

    The variance is a mean of squared influences of lesions, and is the less certain the fewer lesions make it up: in a
    mean over classes, those of the rarest class. By Satterthwaite it is as good as one of 2 V^2 / var(V) degrees.

    Parameters
    ----------
    left_out
        Shape (P, L, M): differences without each lesion in turn.

    Returns
    -------
    ndarray
        Shape (P, M), at least 2; infinite where all lesions have equal weight.
    """
    squares = (left_out - left_out.mean(axis=1, keepdims=True)) ** 2
    squared_sum = squares.sum(axis=1) ** 2
    uncertainty = (squares**2).sum(axis=1) - squared_sum / left_out.shape[1]
    return np.divide(2 * squared_sum, uncertainty, out=np.full_like(uncertainty, np.inf), where=uncertainty > 0)


def widened(drawn: np.ndarray, difference: np.ndarray, degrees: np.ndarray, alpha: float) -> np.ndarray:
    """Return draws (P, D, M) stretched about the difference (P, M) as Student's t is wider than the normal.

    Percentiles of draws are as wide as if the variance were known; this makes them as wide as it is known (the expanded
    percentile interval of Hesterberg 2015).
    """
    factor = stats.t.ppf(1 - alpha / 2, degrees) / stats.norm.ppf(1 - alpha / 2)
    return difference[:, None] + factor[:, None] * (drawn - difference[:, None])


def training_error(by_seed: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the standard error of differences that comes from the luck of trainings.

    The differences of S seeds vary by that luck, and because each seed's networks err on lesions of their own. The
    second part is in every draw of lesions already, so that it is taken off here, by what the draws say of it.

    Parameters
    ----------
    by_seed
        Shape (P, S, M): differences of P pairs on the test set, at least two seeds.
    drawn
        Shape (P, D, S, M): the same on drawn lesions.

    Returns
    -------
    ndarray
        Shape (P, M), float64, of the mean over seeds; 0 where the seeds differ by no more than lesions explain.
    """
    seeds = by_seed.shape[1]
    in_all = by_seed.var(axis=1, ddof=1) / seeds
    of_lesions = (drawn - drawn.mean(axis=2, keepdims=True)).var(axis=1).mean(axis=1) / (seeds - 1)
    return np.sqrt(np.maximum(in_all - of_lesions, 0))


def training_luck(error: np.ndarray, seeds: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Return draws (P, draws, M) of what new trainings would add: Student's t of S - 1 degrees, scaled by the error.

    A draw is the same for all pairs and metrics but for the scale.
    """
    return generator.standard_t(seeds - 1, draws)[:, None] * error[:, None, :]


def interval(drawn: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval (P, M) twice, low and high, of draws (P, D, M); NaN where a draw is."""
    low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2], axis=1)
    return low, high


def two_sided_p(difference: np.ndarray, exchanged: np.ndarray) -> np.ndarray:
    """Return the share (P, M) of exchanges (P, D, M) that are at least as far from 0 as the difference (P, M).

    What was observed counts as one exchange more, so that no p is 0. A NaN counts as far: it never makes a p smaller.
    """
    nearer = np.abs(exchanged) < np.abs(difference)[:, None] - ROUNDING
    return (1 + (~nearer).sum(axis=1)) / (1 + exchanged.shape[1])


def holm(p: np.ndarray) -> np.ndarray:
    """Return the p values of one family (n,) adjusted by Holm's step-down method, in the given order."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted
