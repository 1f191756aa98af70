"""Differences between cells: paired draws of lesions, exchanges, what seeds add, and Holm's correction."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from selcn.comparisons.inference import (
    degrees_of_freedom,
    holm,
    interval,
    training_error,
    training_luck,
    two_sided_p,
    widened,
)
from selcn.comparisons.measured import ImageScores, Predictions
from selcn.comparisons.pairs import (
    CAMS,
    CAMS_OVER_SHAMS,
    MASKS,
    SHAMS,
    SYMMETRY_MASKS,
    Pair,
    lesion_pairs,
    symmetry_pairs,
)
from selcn.comparisons.resampling import CHUNK, bootstrap, exchange, leave_one_out, observed
from selcn.comparisons.table import COLUMNS, HIGHER, LOWER, NOT_TOLD_APART, ComparisonSettings, Part, compare

SETTINGS = ComparisonSettings(draws=400, exchanges=400, alpha=0.05)


def predictions(right, lesion=None, seed=0):
    """Cells that recognise shares `right` (cells, seeds) of 300 images of three classes; two folds."""
    rng = np.random.default_rng(seed)
    right = np.asarray(right, float)
    label = rng.integers(0, 3, 300)
    recognised = rng.random((*right.shape, 2, 300)) < right[..., None, None]
    wrong = (label + rng.integers(1, 3, recognised.shape)) % 3
    lesion = np.arange(300) // 2 if lesion is None else lesion
    cells = tuple(f"cell-{number}" for number in range(len(right)))
    return Predictions(cells, ("a", "b", "c"), lesion, label, np.where(recognised, label, wrong))


def pairs_of(measured, question="cams"):
    return [Pair(question, cell, measured.cells[0]) for cell in measured.cells[1:]]


def run(measured, pairs=None, settings=SETTINGS, seed=1):
    part = Part("test", measured, tuple(pairs or pairs_of(measured)))
    return compare([part], settings, np.random.default_rng(seed))


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


def test_intervals_are_wider_where_few_lesions_decide():
    """Balanced accuracy with a class of eight lesions, and without it."""
    measured = predictions([[0.6], [0.7]], lesion=np.arange(300))
    label = np.where(np.arange(300) < 8, 2, np.arange(300) % 2)
    right = measured.predicted == measured.label
    measured = replace(measured, label=label, predicted=np.where(right, label, (label + 1) % 3))
    table = run(measured).set_index("metric")
    draws = bootstrap(measured, SETTINGS.draws, np.random.default_rng(1).spawn(4)[0])[:, :, 0]
    plain = np.ptp(np.quantile(draws[1] - draws[0], [0.025, 0.975], axis=0), axis=0)
    ratio = (table["high"] - table["low"]).to_numpy() / plain
    assert ratio[1] > 1.08
    assert ratio[0] == pytest.approx(1, abs=0.03)


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


def test_a_table_has_a_row_a_pair_and_metric_and_says_what_differs():
    measured = predictions([[0.6], [0.85], [0.35], [0.6]])
    table = run(measured)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 3 * 4
    assert set(table["outcome"][table["cell"] == "cell-1"]) == {HIGHER}
    assert set(table["outcome"][table["cell"] == "cell-2"]) == {LOWER}
    assert set(table["outcome"][table["cell"] == "cell-3"]) == {NOT_TOLD_APART}
    np.testing.assert_allclose(table["difference"], table["cell_score"] - table["reference_score"])
    assert (table["low"] < table["difference"]).all()
    assert (table["difference"] < table["high"]).all()
    assert set(zip(table["images"], table["lesions"], table["seeds"], table["folds"], strict=True)) == {
        (300, 150, 1, 2)
    }


def test_the_same_state_gives_the_same_table_and_other_pairs_leave_an_interval_as_it_is():
    measured = predictions([[0.6], [0.7], [0.65]])
    both = run(measured)
    assert both.equals(run(measured))
    alone = run(measured, pairs_of(measured)[1:])
    for column in ("low", "high", "p"):
        np.testing.assert_array_equal(alone[column], both[column][4:])


def test_a_question_is_a_family_of_its_own():
    measured = predictions([[0.6], [0.7], [0.68]])
    one, other = pairs_of(measured)
    together = run(measured, [one, other])
    apart = run(measured, [one, replace(other, question="masks")])
    np.testing.assert_allclose(together["p_adjusted"], holm(together["p"].to_numpy()))
    np.testing.assert_allclose(apart["p_adjusted"][:4], holm(apart["p"][:4].to_numpy()))


def two_parts():
    """Pairs of one question on two test sets, with two seeds and with one."""
    parts = [predictions([[0.6, 0.6], [0.7, 0.7]]), predictions([[0.6], [0.68]], seed=4)]
    return [Part(name, part, tuple(pairs_of(part))) for name, part in zip(("here", "there"), parts, strict=True)]


def test_a_family_is_of_all_parts():
    parts = two_parts()
    table = compare(parts, SETTINGS, np.random.default_rng(1))
    assert table["testset"].tolist() == ["here"] * 4 + ["there"] * 4
    assert table["seeds"].tolist() == [2] * 4 + [1] * 4
    np.testing.assert_allclose(table["p_adjusted"], holm(table["p"].to_numpy()))
    alone = pd.concat([compare([part], SETTINGS, np.random.default_rng(1)) for part in parts], ignore_index=True)
    assert (table["p_adjusted"] > alone["p_adjusted"]).any()
    for column in ("difference", "low", "high", "p"):
        np.testing.assert_array_equal(table[column], alone[column])


def test_exchanges_must_do_for_the_whole_family():
    with pytest.raises(ValueError, match=r"159 exchanges for 8 comparisons.*at least 160"):
        compare(two_parts(), replace(SETTINGS, exchanges=159), np.random.default_rng(0))
    assert len(compare(two_parts(), replace(SETTINGS, exchanges=160), np.random.default_rng(0))) == 8


def test_a_difference_is_told_by_its_adjusted_p_alone():
    table = run(predictions([[0.6], *([share] for share in (0.64, 0.65, 0.66, 0.67, 0.68))]))
    by_chance = table[(table["p"] < 0.05) & (table["p_adjusted"] >= 0.05)]
    assert (by_chance["low"] > 0).any()
    assert set(by_chance["outcome"]) == {NOT_TOLD_APART}


def test_what_seeds_differ_by_widens_interval_and_p():
    """The same mean difference, once of three seeds that agree and once of three that do not."""
    agree = predictions([[0.6, 0.6, 0.6], [0.7, 0.7, 0.7]])
    differ = predictions([[0.6, 0.6, 0.6], [0.5, 0.7, 0.9]])
    narrow, wide = run(agree).iloc[0], run(differ).iloc[0]
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
    assert narrow["p"] < 0.05 < wide["p"]


def test_scores_of_maps_are_compared_too():
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 0.5, (1, 200, 1))
    measured = ImageScores(("off", "cams"), ("iou",), np.arange(200), np.concatenate([low, low + 0.1]))
    row = run(measured).iloc[0]
    assert (row["low"], row["high"], row["outcome"]) == (pytest.approx(0.1), pytest.approx(0.1), HIGHER)


def test_too_few_exchanges_for_the_family_are_refused():
    measured = predictions([[0.6], [0.7]])
    with pytest.raises(ValueError, match=r"79 exchanges for 4 comparisons of the question 'cams'.*at least 80"):
        run(measured, settings=replace(SETTINGS, exchanges=79))
    assert run(predictions([[0.4], [0.9]]), settings=replace(SETTINGS, exchanges=80))["outcome"].eq(HIGHER).all()


def test_a_cell_that_was_not_measured_is_named():
    with pytest.raises(ValueError, match=r"cells \['elsewhere'\]"):
        run(predictions([[0.6]]), [Pair("cams", "cell-0", "elsewhere")])


def test_without_pairs_the_table_is_empty():
    for parts in ([], [Part("test", predictions([[0.6]]), ())]):
        table = compare(parts, SETTINGS, np.random.default_rng(0))
        assert len(table) == 0
        assert list(table.columns) == list(COLUMNS)


def test_pairs_of_lesion_cells():
    cells = ["cls-none_sym-off", "cls-none_sym-none", "cls-none_sym-zeros", "cls-seg_sym-off", "cls-seg_sym-lae"]
    assert lesion_pairs(cells) == [
        Pair(CAMS, "cls-none_sym-none", "cls-none_sym-off"),
        Pair(CAMS_OVER_SHAMS, "cls-none_sym-none", "cls-none_sym-zeros"),
        Pair(SHAMS, "cls-none_sym-zeros", "cls-none_sym-off"),
        Pair(MASKS, "cls-seg_sym-off", "cls-none_sym-off"),
        Pair(CAMS, "cls-seg_sym-lae", "cls-seg_sym-off"),
    ]


def test_pairs_without_their_reference_are_left_out():
    assert lesion_pairs(["cls-none_sym-none", "cls-seg_sym-off"]) == []


def test_the_thesis_has_nine_pairs_of_cams_and_two_of_masks():
    cells = [f"cls-{mask}_sym-{source}" for mask in ("none", "seg", "lae") for source in ("off", "none", "seg", "lae")]
    questions = [pair.question for pair in lesion_pairs(cells)]
    assert {name: questions.count(name) for name in set(questions)} == {CAMS: 9, MASKS: 2}


def test_pairs_of_symmetry_models():
    pairs = symmetry_pairs(["scratch-none", "none", "seg", "lae"])
    assert pairs == [Pair(SYMMETRY_MASKS, "seg", "none"), Pair(SYMMETRY_MASKS, "lae", "none")]
    assert symmetry_pairs(["seg", "lae"]) == []
