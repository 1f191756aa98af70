"""The smallest difference that a comparison finds."""

import numpy as np
import pytest
from scipy import stats

from selcn.evaluation.comparisons.inference import holm
from selcn.evaluation.comparisons.power import smallest_difference


def test_the_smallest_difference_is_found_in_eighty_of_a_hundred_studies():
    error, others = 0.001, 35
    half = stats.norm.ppf(0.975) * error
    smallest = smallest_difference(np.array([0.004 - half]), np.array([0.004 + half]), 0.05, others + 1)
    generator = np.random.default_rng(1)
    measured = generator.normal(smallest, error, 4000)
    p = np.column_stack([2 * stats.norm.sf(np.abs(measured) / error), generator.uniform(size=(4000, others))])
    assert np.mean([holm(study)[0] < 0.05 for study in p]) == pytest.approx(0.8, abs=0.02)
