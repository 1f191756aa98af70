"""The smallest difference between cells that a comparison finds."""

import numpy as np
from scipy import stats

POWER = 0.8
"""Share of studies that find the smallest difference."""


def smallest_difference(low: np.ndarray, high: np.ndarray, alpha: float, comparisons: int) -> np.ndarray:
    """Return the true difference that comparisons with such intervals find in `POWER` of studies.

    The standard error is that of a normal distribution with this interval. The level is the strictest of Holm's
    correction, which the lowest p of a family has to pass; for the others less is enough.

    Parameters
    ----------
    low, high
        Confidence interval of level 1 - alpha, any shape.
    comparisons
        Comparisons of the family, at least 1.
    """
    error = (high - low) / 2 / stats.norm.ppf(1 - alpha / 2)
    return error * (stats.norm.ppf(1 - alpha / comparisons / 2) + stats.norm.ppf(POWER))
