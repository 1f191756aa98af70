"""Paired draws of lesions, and exchanges of two cells' results."""

from dataclasses import replace

import numpy as np
import pytest

from selcn.evaluation.comparisons.resampling import CHUNK, bootstrap, exchange, leave_one_out, observed
from small_studies import predictions


def test_observed_scores_are_means_over_folds():
    measured = predictions([[0.6, 0.7], [0.8, 0.5]])
    expected = (measured.predicted == measured.label).mean(axis=-1).mean(axis=-1)
    np.testing.assert_allclose(observed(measured)[..., 0], expected)


def test_a_draw_takes_whole_lesions_and_is_the_same_for_all_cells():
    measured = predictions([[0.6], [0.6]])
    twins = replace(measured, predicted=measured.predicted[[0, 0]])
    draws = bootstrap(twins, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(draws[0], draws[1])
    # Lesions are drawn, not images: where the two images of a lesion are one, only even counts come out.
    one_lesion_each = replace(measured, lesion=np.zeros(300, int))
    draws = bootstrap(one_lesion_each, 20, np.random.default_rng(0))
    np.testing.assert_allclose(draws, np.broadcast_to(observed(one_lesion_each)[:, None], draws.shape))


def test_draws_of_lesions_spread_more_than_draws_of_images_where_lesions_go_together():
    measured = predictions([[0.6]])
    together = replace(
        measured, label=np.repeat(measured.label[::2], 2), predicted=np.repeat(measured.predicted[..., ::2], 2, -1)
    )
    alone = replace(together, lesion=np.arange(300))
    by_lesion, by_image = (bootstrap(one, 400, np.random.default_rng(0))[0, :, 0, 0].std() for one in (together, alone))
    assert by_lesion / by_image == pytest.approx(np.sqrt(2), rel=0.15)


def test_more_draws_begin_with_the_same():
    measured = predictions([[0.6]])
    few, many = (bootstrap(measured, draws, np.random.default_rng(3)) for draws in (CHUNK, CHUNK + 70))
    np.testing.assert_array_equal(few, many[:, :CHUNK])
    assert many.shape == (1, CHUNK + 70, 1, 4)


def test_scores_without_a_lesion_are_those_of_the_other_images():
    measured = predictions([[0.6, 0.7], [0.8, 0.5]])
    out = leave_one_out(measured)
    assert out.shape == (2, 150, 2, 4)
    for lesion in (0, 149):
        kept = measured.lesion != lesion
        others = replace(
            measured,
            lesion=np.arange(298),
            label=measured.label[kept],
            predicted=measured.predicted[..., kept],
        )
        np.testing.assert_allclose(out[:, lesion], observed(others))


def test_an_exchange_swaps_whole_lesions_of_both_cells():
    """With a single lesion there are two exchanges: none, and all."""
    measured = replace(predictions([[0.5], [0.8]]), lesion=np.zeros(300, int))
    first, second = observed(measured)[:, 0]
    out = exchange(measured, [(1, 0)], 40, np.random.default_rng(0))[0]
    signs = np.sign(out[:, 0])
    assert set(signs) == {-1, 1}
    np.testing.assert_allclose(out, signs[:, None] * (second - first))


def test_exchanges_equal_those_made_image_by_image():
    measured = predictions([[0.5, 0.6], [0.8, 0.7]])
    out = exchange(measured, [(0, 1)], 3, np.random.default_rng(5))[0]
    kept = np.random.default_rng(5).integers(0, 2, (3, 150)).astype(bool)[:, measured.lesion]
    for draw in range(3):
        first, second = np.where(kept[draw], measured.predicted, measured.predicted[::-1])
        swapped = observed(replace(measured, predicted=np.stack([first, second]))).mean(axis=1)
        np.testing.assert_allclose(out[draw], swapped[0] - swapped[1])
