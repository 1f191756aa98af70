"""Intervals, p values, what seeds add, and Holm's correction, by numbers known beforehand."""

import numpy as np
import pytest

from selcn.evaluation.comparisons.inference import (
    degrees_of_freedom,
    holm,
    interval,
    training_error,
    training_luck,
    two_sided_p,
    widened,
)


def test_p_counts_ties_and_what_was_observed():
    exchanged = np.array([[[0.1], [-0.3], [0.3], [0.2]]])
    assert two_sided_p(np.array([[0.3]]), exchanged)[0, 0] == 3 / 5
    assert two_sided_p(np.array([[-0.5]]), exchanged)[0, 0] == 1 / 5
    assert two_sided_p(np.array([[0.5]]), np.full((1, 4, 1), np.nan))[0, 0] == 1
    assert two_sided_p(np.array([[np.nan]]), exchanged)[0, 0] == 1


def test_an_interval_with_an_undefined_draw_is_undefined():
    drawn = np.arange(101.0)[None, :, None]
    np.testing.assert_allclose(interval(drawn, 0.1), [[[5]], [[95]]])
    drawn[0, 3] = np.nan
    assert np.isnan(interval(drawn, 0.1)).all()


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


def test_widened_draws_have_students_width_about_the_difference():
    drawn, difference = np.array([[[0.9], [1.2]]]), np.array([[1.0]])
    wide = widened(drawn, difference, np.array([[10.0]]), 0.05)
    np.testing.assert_allclose((wide - 1) / (drawn - 1), 2.2281 / 1.96, rtol=1e-4)
    np.testing.assert_allclose(widened(drawn, difference, np.array([[np.inf]]), 0.05), drawn)


def test_training_error_is_the_seeds_spread_without_what_lesions_explain():
    """Differences of seeds with a variance of 4 + 1 each, 1 of it from lesions, which the draws show."""
    rng = np.random.default_rng(0)
    by_seed = rng.normal(0, np.sqrt(5), (4000, 5, 1))
    drawn = by_seed[:, None] + rng.normal(0, 1, (4000, 60, 5, 1))
    squares = training_error(by_seed, drawn) ** 2
    assert squares.mean() == pytest.approx(4 / 5, rel=0.1)
    assert (squares >= 0).all()
    np.testing.assert_array_equal(training_error(np.ones((1, 5, 1)), drawn[:1]), 0)


def test_luck_of_trainings_has_students_tails():
    luck = training_luck(np.array([[2.0]]), 5, 100_000, np.random.default_rng(0))
    assert np.quantile(luck, 0.975) == pytest.approx(2 * 2.776, rel=0.03)
