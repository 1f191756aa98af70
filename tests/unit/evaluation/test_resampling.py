"""Paired bootstrap resamples of lesions, and permutations of two cells' results."""

from dataclasses import replace

import numpy as np
import pytest

from selcn.evaluation.comparisons.resampling import CHUNK, bootstrap, leave_one_out, observed, permute
from small_studies import predictions


def test_observed_scores_are_means_over_folds():
    measured = predictions([[0.6, 0.7], [0.8, 0.5]])
    expected = (measured.predicted == measured.label).mean(axis=-1).mean(axis=-1)
    np.testing.assert_allclose(observed(measured)[..., 0], expected)


def test_a_resample_takes_whole_lesions_and_is_the_same_for_all_cells():
    measured = predictions([[0.6], [0.6]])
    twins = replace(measured, predicted=measured.predicted[[0, 0]])
    resamples = bootstrap(twins, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(resamples[0], resamples[1])
    # Lesions are resampled, not images: where the two images of a lesion are one, only even counts come out.
    one_lesion_each = replace(measured, lesion=np.zeros(300, int))
    resamples = bootstrap(one_lesion_each, 20, np.random.default_rng(0))
    np.testing.assert_allclose(resamples, np.broadcast_to(observed(one_lesion_each)[:, None], resamples.shape))


def test_resampling_lesions_spreads_more_than_resampling_images_where_lesions_go_together():
    measured = predictions([[0.6]])
    together = replace(
        measured, label=np.repeat(measured.label[::2], 2), predicted=np.repeat(measured.predicted[..., ::2], 2, -1)
    )
    alone = replace(together, lesion=np.arange(300))
    by_lesion, by_image = (bootstrap(one, 400, np.random.default_rng(0))[0, :, 0, 0].std() for one in (together, alone))
    assert by_lesion / by_image == pytest.approx(np.sqrt(2), rel=0.15)


def test_more_resamples_begin_with_the_same():
    measured = predictions([[0.6]])
    few, many = (bootstrap(measured, count, np.random.default_rng(3)) for count in (CHUNK, CHUNK + 70))
    np.testing.assert_array_equal(few, many[:, :CHUNK])
    assert many.shape == (1, CHUNK + 70, 1, 4)


@pytest.mark.parametrize("images", [1, 2])
def test_scores_without_a_lesion_are_those_of_the_other_images(images):
    """With one image a lesion there are more of them than are computed in one go."""
    measured = predictions([[0.6, 0.7], [0.8, 0.5]], lesion=np.arange(300) // images)
    out = leave_one_out(measured)
    assert out.shape == (2, 300 // images, 2, 4)
    for lesion in (0, 300 // images - 1):
        kept = measured.lesion != lesion
        others = replace(
            measured,
            lesion=np.arange(kept.sum()),
            label=measured.label[kept],
            predicted=measured.predicted[..., kept],
        )
        np.testing.assert_allclose(out[:, lesion], observed(others))


def test_a_permutation_swaps_whole_lesions_of_both_cells():
    """With a single lesion there are two permutations: keep all, or swap all."""
    measured = replace(predictions([[0.5], [0.8]]), lesion=np.zeros(300, int))
    first, second = observed(measured)[:, 0]
    out = permute(measured, [(1, 0)], 40, np.random.default_rng(0))[0]
    signs = np.sign(out[:, 0])
    assert set(signs) == {-1, 1}
    np.testing.assert_allclose(out, signs[:, None] * (second - first))


def test_permutations_equal_those_made_image_by_image():
    measured = predictions([[0.5, 0.6], [0.8, 0.7]])
    out = permute(measured, [(0, 1)], 3, np.random.default_rng(5))[0]
    kept = np.random.default_rng(5).integers(0, 2, (3, 150)).astype(bool)[:, measured.lesion]
    for number in range(3):
        first, second = np.where(kept[number], measured.predicted, measured.predicted[::-1])
        swapped = observed(replace(measured, predicted=np.stack([first, second]))).mean(axis=1)
        np.testing.assert_allclose(out[number], swapped[0] - swapped[1])
