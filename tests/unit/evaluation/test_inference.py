"""Intervals, p values, variation between seeds and Holm's correction, against known numbers."""

import numpy as np
import pytest

from selcn.evaluation.comparisons.inference import (
    degrees_of_freedom,
    holm,
    interval,
    training_error,
    training_variation,
    two_sided_p,
    widened,
)


def test_p_counts_ties_and_what_was_observed():
    permuted = np.array([[[0.1], [-0.3], [0.3], [0.2]]])
    assert two_sided_p(np.array([[0.3]]), permuted)[0, 0] == 3 / 5
    assert two_sided_p(np.array([[-0.5]]), permuted)[0, 0] == 1 / 5
    assert two_sided_p(np.array([[0.5]]), np.full((1, 4, 1), np.nan))[0, 0] == 1
    assert two_sided_p(np.array([[np.nan]]), permuted)[0, 0] == 1


def test_an_interval_with_an_undefined_resample_is_undefined():
    resampled = np.arange(101.0)[None, :, None]
    np.testing.assert_allclose(interval(resampled, 0.1), [[[5]], [[95]]])
    resampled[0, 3] = np.nan
    assert np.isnan(interval(resampled, 0.1)).all()


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.9])), [0.09, 0.04, 0.09, 0.9])
    np.testing.assert_allclose(holm(np.array([0.5, 0.6])), [1, 1])


def test_degrees_of_freedom_are_those_of_the_lesions_that_matter():
    """Normal values have as many as there are; where others have none, two thirds, since their number is chance too."""
    values = np.random.default_rng(0).normal(size=(2000, 1000, 1))
    few = np.where(np.arange(1000)[:, None] < 60, values, 0)
    assert np.median(degrees_of_freedom(values)) == pytest.approx(1000, rel=0.1)
    assert np.median(degrees_of_freedom(few)) == pytest.approx(60 * 2 / 3, rel=0.1)
    equal = np.tile([1.0, -1.0], 50)[None, :, None]
    assert np.isinf(degrees_of_freedom(equal)).all()


def test_widened_resamples_have_students_width_about_the_difference():
    resampled, difference = np.array([[[0.9], [1.2]]]), np.array([[1.0]])
    wide = widened(resampled, difference, np.array([[10.0]]), 0.05)
    np.testing.assert_allclose((wide - 1) / (resampled - 1), 2.2281 / 1.96, rtol=1e-4)
    np.testing.assert_allclose(widened(resampled, difference, np.array([[np.inf]]), 0.05), resampled)


def test_training_error_is_the_seeds_spread_without_what_lesions_explain():
    """Differences of seeds with a variance of 4 + 1 each, 1 of it from lesions, which the resamples show."""
    rng = np.random.default_rng(0)
    by_seed = rng.normal(0, np.sqrt(5), (4000, 5, 1))
    resampled = by_seed[:, None] + rng.normal(0, 1, (4000, 60, 5, 1))
    squares = training_error(by_seed, resampled) ** 2
    assert squares.mean() == pytest.approx(4 / 5, rel=0.1)
    assert (squares >= 0).all()
    np.testing.assert_array_equal(training_error(np.ones((1, 5, 1)), resampled[:1]), 0)


def test_training_error_by_hand():
    by_seed = np.array([0.0, 3.0, 6.0])[None, :, None]
    # What is common to the seeds of a resample, here 10 and -10, does not count.
    resampled = np.array([[12.0, 10.0, 8.0], [-12.0, -10.0, -8.0]])[None, :, :, None]
    # The seeds' variance is 9, that of their mean 9 / 3. About the seeds' mean, resamples have a variance of
    # (4 + 0 + 4) / 3; a mean of three takes a third of the variance from each of its terms, so each seed's own is 4.
    np.testing.assert_allclose(training_error(by_seed, resampled), np.sqrt(9 / 3 - 4 / 3))
    # Two seeds: variances of 18 / 2, and of 1 = 2 - 2 / 2 about their mean.
    by_seed, resampled = np.array([[[0.0], [6.0]]]), np.array([[[[1.0], [-1.0]], [[-1.0], [1.0]]]])
    np.testing.assert_allclose(training_error(by_seed, resampled), np.sqrt(18 / 2 - 2 / 2))


def test_training_variation_has_students_tails():
    variation = training_variation(np.array([[2.0]]), 5, 100_000, np.random.default_rng(0))
    assert np.quantile(variation, 0.975) == pytest.approx(2 * 2.776, rel=0.03)
