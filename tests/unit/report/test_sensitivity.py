"""The positive control in words and as a curve, from hand-made comparisons."""

import pandas as pd
import pytest

from chart_elements import intervals, values, words
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, NOT_SIGNIFICANT
from selcn.report.answers.sensitivity import gains_table, sensitivity
from selcn.report.answers.sentences import answers
from selcn.report.charts.catalogue import charts_of
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.comparisons import answer_blocks, comparison_blocks

ZEROS = "cls-none_sym-zeros"
# Cell, gain over zeros with its interval, adjusted p.
FULL = ("cls-none_sym-oracle", 0.45, 0.40, 0.50, 0.0004)
HALF = ("cls-none_sym-oracle50", 0.12, 0.09, 0.15, 0.0004)
QUARTER = ("cls-none_sym-oracle25", 0.03, 0.01, 0.05, 0.02)
TENTH = ("cls-none_sym-oracle10", 0.004, -0.01, 0.02, 0.6)
PLACE = ("cls-none_sym-oracleplace", 0.001, -0.002, 0.004, 1.0)
PASSED = "the E-Layer can use a map that tells the class.**"


def compared(*rows, question=Question.ORACLES, reference=ZEROS) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["cell", "difference", "low", "high", "p_adjusted"])
    found = [HIGHER if low > 0 else NOT_SIGNIFICANT for low in table["low"]]
    return table.assign(
        question=question, reference=reference, metric="macro_f1", outcome=found, reference_score=0.5,
        cell_score=0.5 + table["difference"], p=table["p_adjusted"], alpha=0.05, testset="ham10000",
        images=2003, lesions=1802, seeds=5, folds=4,
    )  # fmt: skip


def test_the_smallest_share_from_which_on_every_gain_is_significant_is_named():
    (text,) = sensitivity(compared(FULL, HALF, QUARTER, TENTH))
    assert text.startswith(f"**Positive control (no mask): {PASSED} ")
    assert (
        "macro F1 is 0.950, +.450 compared with zeros (95 % CI +.400 to +.500, adjusted p < .001). A map would have to "
        "tell the class of about 25 % of the images to be seen; at 10 % the gain is not significant."
    ) in text
    assert text.endswith("The control passes if the interval lies above +.050.")
    (text,) = sensitivity(compared(FULL, HALF, QUARTER, (*TENTH[:2], 0.001, *TENTH[3:])))
    assert "A map that tells the class of 10 % of the images, the least tested, is enough to be seen." in text


def test_a_significant_gain_below_one_that_is_not_does_not_count():
    (text,) = sensitivity(compared(FULL, (*HALF[:2], -0.01, *HALF[3:]), QUARTER))
    assert "of about 100 % of the images" in text


@pytest.mark.parametrize(("low", "passed"), [(0.0501, True), (0.05, False), (0.01, False), (-0.01, False)])
def test_the_control_passes_only_where_the_interval_lies_far_above_zeros(low, passed):
    (text,) = sensitivity(compared((FULL[0], 0.06, low, 0.07, 0.001), QUARTER))
    assert (PASSED in text) == passed
    assert ("comparisons of maps say nothing in this setting" in text) != passed
    assert ("to be seen" in text) == passed


@pytest.mark.parametrize(("high", "verdict"), [(0.05, "the E-Layer cannot use"), (0.051, "it is not shown that the")])
def test_an_interval_that_reaches_far_above_zeros_does_not_show_that_the_layer_cannot_use_the_map(high, verdict):
    (text,) = sensitivity(compared((FULL[0], 0.01, -0.03, high, 1.0), (PLACE[0], 0.01, -0.03, high, 1.0)))
    assert text.startswith(f"**Positive control (no mask): {verdict}")
    assert "even a map that tells the class, so comparisons of maps say nothing in this setting.**" in text
    assert f"adjusted p 1.000): {verdict}" in text


@pytest.mark.parametrize("rows", [[HALF], [(*FULL[:2], float("nan"), float("nan"), 0.01), HALF]])
def test_without_the_full_oracle_s_interval_the_control_is_undecided(rows):
    (text,) = sensitivity(compared(*rows))
    assert text.startswith("**Positive control (no mask): undecided**")


def test_the_place_of_a_disc_is_judged_by_itself():
    (text,) = sensitivity(compared(FULL, PLACE))
    assert PASSED in text
    assert "+.001 compared with zeros (95 % CI −.002 to +.004, adjusted p 1.000): the E-Layer cannot use where" in text
    (text,) = sensitivity(compared(FULL, (PLACE[0], *FULL[1:])))
    assert "the E-Layer can use where a map is bright." in text


def test_each_mask_has_a_paragraph_of_its_own():
    masked = compared(("cls-seg_sym-oracle", *PLACE[1:]), reference="cls-seg_sym-zeros")
    unmasked, of_mask = sensitivity(pd.concat([compared(FULL), masked]))
    assert unmasked.startswith("**Positive control (no mask)")
    assert of_mask.startswith("**Positive control (segmentation mask): the E-Layer cannot use even")


def test_the_table_has_every_oracle_the_largest_share_first():
    lines = [" ".join(line.split()) for line in gains_table(compared(TENTH, FULL, PLACE)).splitlines()]
    assert lines[2:] == [
        "| cls-none_sym-oracle | 100 % | strength | 0.950 | +.450 | +.400 to +.500 | < .001 | higher |",
        f"| cls-none_sym-oracleplace | 100 % | place | 0.501 | +.001 | −.002 to +.004 | 1.000 | {NOT_SIGNIFICANT} |",
        f"| cls-none_sym-oracle10 | 10 % | strength | 0.504 | +.004 | −.010 to +.020 | .600 | {NOT_SIGNIFICANT} |",
    ]


def test_oracles_stand_in_the_answer_to_the_first_question_alone_and_change_no_count():
    cams = compared(("cls-none_sym-none", *QUARTER[1:]), question=Question.CAMS, reference="cls-none_sym-off")
    masks = compared(("cls-seg_sym-off", *QUARTER[1:]), question=Question.MASKS, reference="cls-none_sym-off")
    cams = pd.concat([cams, masks], ignore_index=True)
    table = pd.concat([cams, compared(FULL, HALF)], ignore_index=True)
    without, found = (answers(rows, rows.iloc[:0], [], {}) for rows in (cams, table))
    added = found["question 1"]
    assert added.count("Positive control (no mask)") == 1
    for block in (*sensitivity(table), gains_table(table)):
        added = added.replace(f"{block}\n\n", "")
    assert (
        added.replace("Oracle controls by the share of the images whose map tells the class:\n\n", "")
        == (without["question 1"])
    )
    assert {name: text for name, text in found.items() if name != "question 1"} == {
        name: text for name, text in without.items() if name != "question 1"
    }
    text = as_markdown(answer_blocks(found, "leakfree", [], demo=False))
    assert "Oracle controls by the share" in text


def test_comparisons_have_a_section_that_says_what_oracles_are():
    table = compared(FULL, HALF).assign(measured="predictions")
    text = as_markdown(comparison_blocks(table, "leakfree", [], demo=False))
    assert "## Predictions: oracle controls vs. the sham control zeros (same mask)" in text
    assert "An **oracle control** is a positive control" in text


def test_the_curve_has_a_point_a_share_with_its_interval_where_the_value_is():
    table = compared(FULL, HALF, TENTH, PLACE).assign(measured="predictions")
    curve, forest = charts_of({"thesis": {"comparisons": table}, "leakfree": {"comparisons": table}})[
        "comparisons/predictions/oracles"
    ]
    assert (curve.name, forest.title) == ("sensitivity-none", "Macro F1")
    points = values(curve.svg)
    kinds = [(protocol, kind) for protocol in ("thesis", "leakfree") for kind in ("filled", "filled", "open")]
    assert [tuple(point[:2]) for point in points] == kinds
    assert len(intervals(curve.svg)) == 6
    (_, _, x_full, y_full), (_, _, x_half, y_half), (_, _, x_tenth, y_tenth) = points[:3]
    assert (x_full - x_half) / (x_half - x_tenth) == pytest.approx(50 / 40, abs=0.01)
    assert (y_half - y_full) / (y_tenth - y_half) == pytest.approx((0.45 - 0.12) / (0.12 - 0.004), abs=0.01)
    assert {"10", "50", "100"} <= set(words(curve.svg))


def test_a_study_without_oracles_has_no_curve():
    table = compared(("cls-none_sym-none", *FULL[1:]), question=Question.CAMS, reference="cls-none_sym-off")
    charts = charts_of({"thesis": {"comparisons": table.assign(measured="predictions")}})
    assert list(charts) == ["comparisons/predictions/cams"]
    assert (sensitivity(table), gains_table(table)) == ([], "")
