"""The forest plots draw every interval of the comparisons where it belongs."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chart_elements import intervals, parsed, texts, values, words
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.charts.catalogue import charts_of
from selcn.report.charts.forest import forests
from selcn.report.charts.svg import SMALLEST_TEXT

STUDY = Path(__file__).parents[3] / "docs/results/controls"


def compared(*rows: tuple, metric: str = "accuracy", question: str = "cams") -> pd.DataFrame:
    """Return comparisons of these cells, references, differences, lows, highs and outcomes."""
    table = pd.DataFrame(rows, columns=["cell", "reference", "difference", "low", "high", "outcome"])
    measured = "localisation" if metric == "iou" else "predictions"
    return table.assign(measured=measured, testset="ham10000", question=question, metric=metric, alpha=0.05)


ONE = ("cls-none_sym-none", "cls-none_sym-off", 0.1, 0.05, 0.15, "higher")
TWO = ("cls-none_sym-seg", "cls-none_sym-off", -0.2, -0.3, 0.1, NOT_SIGNIFICANT)
THREE = ("cls-none_sym-lae", "cls-none_sym-off", 0.0, -0.25, 0.02, NOT_SIGNIFICANT)


def only(charts: dict) -> str:
    """Return the SVG of the only chart."""
    ((chart,),) = charts.values()
    return chart.svg


def test_marks_lie_where_their_values_are():
    svg = only(forests({"thesis": compared(ONE, TWO, THREE)}))
    (_, _, at_one, _), (_, _, at_two, _), (_, _, at_three, _) = values(svg)
    # Two points give the scale: 0.1 and -0.2.
    scale = (at_one - at_two) / 0.3
    assert scale > 0
    assert at_three == pytest.approx(at_one - 0.1 * scale, abs=0.02)
    ends = [(low, high) for _, low, high, _ in intervals(svg)]
    for (low, high), (_, _, _, expected_low, expected_high, _) in zip(ends, (ONE, TWO, THREE), strict=True):
        assert low == pytest.approx(at_one + (expected_low - 0.1) * scale, abs=0.02)
        assert high == pytest.approx(at_one + (expected_high - 0.1) * scale, abs=0.02)
    # A value and its interval are on one line, each below the one before.
    assert [y for *_, y in values(svg)] == [y for *_, y in intervals(svg)] == sorted(y for *_, y in intervals(svg))


def test_a_row_says_what_is_compared_in_which_protocol_and_by_how_much():
    found = words(only(forests({"thesis": compared(ONE), "leakfree": compared(TWO[:1] + ONE[1:], ONE)})))
    rows = found[found.index("cls-none_sym-none − cls-none_sym-off") :]
    assert rows[:5] == [
        "cls-none_sym-none − cls-none_sym-off",
        "thesis",
        "+.100 (+.050 to +.150)",
        "leakfree",
        "+.100 (+.050 to +.150)",
    ]
    assert rows[5:7] == ["cls-none_sym-seg − cls-none_sym-off", "leakfree"]


def test_significant_differences_are_filled_and_the_others_open():
    svg = only(forests({"thesis": compared(ONE, TWO), "leakfree": compared(TWO, ONE)}))
    assert [(series, face) for series, face, _, _ in values(svg)] == [
        ("thesis", "filled"),
        ("leakfree", "filled"),
        ("thesis", "open"),
        ("leakfree", "open"),
    ]


def test_zero_is_on_the_scale_and_has_a_line():
    chart = only(forests({"thesis": compared(ONE)}))
    ticks = {text.text: (text.left + text.right) / 2 for text in texts(chart)}
    (_, _, x, _) = values(chart)[0]
    scale = (ticks["0.12"] - ticks["0.00"]) / 0.12
    assert x == pytest.approx(ticks["0.00"] + 0.1 * scale, abs=0.05)
    (line,) = (group.find("path") for group in parsed(chart).iter("g") if group.get("data-mark") == "line")
    assert float(line.get("d").split()[1]) == pytest.approx(ticks["0.00"], abs=0.05)


def test_undefined_intervals_are_said_to_be_so():
    one = (*ONE[:3], np.nan, np.nan, NOT_SIGNIFICANT)
    neither = (*TWO[:2], np.nan, np.nan, np.nan, NOT_SIGNIFICANT)
    svg = only(forests({"leakfree": compared(one, neither)}))
    assert intervals(svg) == []
    assert len(values(svg)) == 1
    assert "+.100 (undefined)" in words(svg)
    assert "undefined" in words(svg)


def test_charts_are_by_measurement_question_and_metric():
    table = pd.concat(
        [compared(ONE, metric="iou"), compared(ONE), compared(TWO, metric="kappa"), compared(ONE, question="shams")]
    )
    charts = forests({"thesis": table, "leakfree": table})
    titles = {key: [chart.title for chart in group] for key, group in charts.items()}
    assert titles == {
        "comparisons/localisation/cams": ["IoU"],
        "comparisons/predictions/cams": ["Accuracy", "Kappa"],
        "comparisons/predictions/shams": ["Accuracy"],
    }
    names = [chart.name for group in charts.values() for chart in group]
    assert len(set(names)) == 4


def test_the_same_comparisons_are_the_same_bytes():
    assert only(forests({"thesis": compared(ONE, TWO)})) == only(forests({"thesis": compared(ONE, TWO)}))


@pytest.fixture(scope="module")
def study():
    """The comparisons of a real study, and their charts."""
    tables = {protocol: pd.read_csv(STUDY / protocol / "tables/comparisons.csv") for protocol in ("thesis", "leakfree")}
    groups = charts_of({protocol: {"comparisons": table} for protocol, table in tables.items()})
    return tables, [chart for group in groups.values() for chart in group]


def test_every_interval_of_a_study_is_drawn(study):
    tables, charts = study
    for protocol, table in tables.items():
        drawn = [one for chart in charts for one in intervals(chart.svg) if one[0] == protocol]
        filled = [one for chart in charts for one in values(chart.svg) if one[:2] == (protocol, "filled")]
        assert len(drawn) == table["low"].notna().sum() == 261
        assert len(filled) == (table["outcome"] != NOT_SIGNIFICANT).sum()


def test_no_text_of_a_study_s_charts_is_on_another_or_outside(study):
    for chart in study[1]:
        found = texts(chart.svg)
        assert [(one, two) for one, two in combinations(found, 2) if one.overlaps(two)] == []
        assert min(text.left for text in found) >= 0
        assert max(text.right for text in found) <= 370
        assert min(text.size for text in found) >= SMALLEST_TEXT
