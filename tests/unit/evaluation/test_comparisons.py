"""The table of differences between cells: rows, families, seeds, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.comparisons.inference import holm
from selcn.evaluation.comparisons.measured import ImageScores
from selcn.evaluation.comparisons.pairs import Pair
from selcn.evaluation.comparisons.resampling import bootstrap
from selcn.evaluation.comparisons.table import (
    COLUMNS,
    HIGHER,
    LOWER,
    NOT_SIGNIFICANT,
    ComparisonSettings,
    Part,
    compare,
)
from small_studies import predictions

SETTINGS = ComparisonSettings(resamples=400, permutations=400, alpha=0.05)


def pairs_of(measured, question="cams"):
    return [Pair(question, cell, measured.cells[0]) for cell in measured.cells[1:]]


def run(measured, pairs=None, settings=SETTINGS, seed=1):
    part = Part("test", measured, tuple(pairs or pairs_of(measured)))
    return compare([part], settings, np.random.default_rng(seed))


def test_intervals_are_wider_where_few_lesions_decide():
    """Balanced accuracy with a class of eight lesions, and without it."""
    measured = predictions([[0.6], [0.7]], lesion=np.arange(300))
    label = np.where(np.arange(300) < 8, 2, np.arange(300) % 2)
    right = measured.predicted == measured.label
    measured = replace(measured, label=label, predicted=np.where(right, label, (label + 1) % 3))
    table = run(measured).set_index("metric")
    resamples = bootstrap(measured, SETTINGS.resamples, np.random.default_rng(1).spawn(4)[0])[:, :, 0]
    plain = np.ptp(np.quantile(resamples[1] - resamples[0], [0.025, 0.975], axis=0), axis=0)
    ratio = (table["high"] - table["low"]).to_numpy() / plain
    assert ratio[1] > 1.08
    assert ratio[0] == pytest.approx(1, abs=0.03)


def test_a_table_has_a_row_a_pair_and_metric_and_says_what_differs():
    measured = predictions([[0.6], [0.85], [0.35], [0.6]])
    table = run(measured)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 3 * 4
    assert set(table["outcome"][table["cell"] == "cell-1"]) == {HIGHER}
    assert set(table["outcome"][table["cell"] == "cell-2"]) == {LOWER}
    assert set(table["outcome"][table["cell"] == "cell-3"]) == {NOT_SIGNIFICANT}
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


def test_permutations_must_suffice_for_the_whole_family():
    with pytest.raises(ValueError, match=r"159 permutations for 8 comparisons.*at least 160"):
        compare(two_parts(), replace(SETTINGS, permutations=159), np.random.default_rng(0))
    assert len(compare(two_parts(), replace(SETTINGS, permutations=160), np.random.default_rng(0))) == 8


def test_significance_needs_the_adjusted_p():
    table = run(predictions([[0.6], *([share] for share in (0.64, 0.65, 0.66, 0.67, 0.68))]))
    by_chance = table[(table["p"] < 0.05) & (table["p_adjusted"] >= 0.05)]
    assert (by_chance["low"] > 0).any()
    assert set(by_chance["outcome"]) == {NOT_SIGNIFICANT}


def test_variation_between_seeds_widens_interval_and_p():
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
    assert (row["seeds"], row["folds"]) == (1, 1)


def test_too_few_permutations_for_the_family_are_refused():
    measured = predictions([[0.6], [0.7]])
    with pytest.raises(ValueError, match=r"79 permutations for 4 comparisons of the question 'cams'.*at least 80"):
        run(measured, settings=replace(SETTINGS, permutations=79))
    assert run(predictions([[0.4], [0.9]]), settings=replace(SETTINGS, permutations=80))["outcome"].eq(HIGHER).all()


def test_a_cell_that_was_not_measured_is_named():
    with pytest.raises(ValueError, match=r"cells \['elsewhere'\]"):
        run(predictions([[0.6]]), [Pair("cams", "cell-0", "elsewhere")])


def test_without_pairs_the_table_is_empty():
    for parts in ([], [Part("test", predictions([[0.6]]), ())]):
        table = compare(parts, SETTINGS, np.random.default_rng(0))
        assert len(table) == 0
        assert list(table.columns) == list(COLUMNS)
