"""Charts of values beside the thesis's, of subgroups, and of amounts."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from chart_elements import intervals, texts, values, words
from selcn.report.charts.amounts import hours, splits
from selcn.report.charts.catalogue import charts_of
from selcn.report.charts.subgroups import subgroups
from selcn.report.charts.values import values_of


def table(*rows: tuple, metric: str = "accuracy", part: str = "validation") -> pd.DataFrame:
    """Return rows of a table: cell, class, our mean and sd, the thesis's mean and sd."""
    columns = ["cell", "class", "ours_mean", "ours_sd", "thesis_mean", "thesis_sd"]
    return pd.DataFrame(rows, columns=columns).assign(part=part, metric=metric)


MODEL_1 = ("cls-none_sym-off", np.nan, 0.7, 0.1, 0.9, 0.05)
MODEL_5 = ("cls-seg_sym-off", np.nan, 0.6, 0.1, 0.8, np.nan)
SHAM = ("cls-none_sym-zeros", np.nan, 0.65, 0.1, np.nan, np.nan)
FAILED = ("cls-none_sym-none", np.nan, np.nan, np.nan, 0.85, 0.01)


def of_metric(charts: dict) -> str:
    """Return the SVG of the only chart."""
    ((chart,),) = charts.values()
    return chart.svg


def test_ours_and_the_thesis_s_values_are_marked_on_one_scale():
    svg = of_metric(
        values_of("08a", {"thesis": table(MODEL_1), "leakfree": table((*MODEL_1[:2], 0.5, 0.2, 0.9, 0.05))})
    )
    at = {series: x for series, _, x, _ in values(svg)}
    assert list(at) == ["printed", "thesis", "leakfree"]
    scale = (at["printed"] - at["thesis"]) / 0.2
    assert at["leakfree"] == pytest.approx(at["thesis"] - 0.2 * scale, abs=0.02)
    for series, low, high, _ in intervals(svg):
        sd = {"printed": 0.05, "thesis": 0.1, "leakfree": 0.2}[series]
        assert (low, high) == pytest.approx((at[series] - sd * scale, at[series] + sd * scale), abs=0.02)


def test_cells_are_named_by_number_under_their_mask_and_sham_controls_by_themselves():
    found = words(of_metric(values_of("08a", {"leakfree": table(MODEL_1, FAILED, SHAM, MODEL_5)})))
    rows = [text for text in found if text.startswith(("Lesion", "1:", "2:", "5:", "zeros", "no value"))]
    assert rows == [
        "Lesion input: no mask; symmetry input:",
        "1: no CAMs",
        "2: no mask",
        "no value: leakfree",
        "Lesion input: no mask; sham control:",
        "zeros",
        "Lesion input: segmentation mask; symmetry input:",
        "5: no CAMs",
    ]


def test_what_has_no_spread_or_no_value_has_no_interval():
    svg = of_metric(values_of("08a", {"leakfree": table(MODEL_5, FAILED)}))
    assert [series for series, *_ in values(svg)] == ["printed", "leakfree", "printed"]
    assert [series for series, *_ in intervals(svg)] == ["leakfree", "printed"]


def test_a_table_has_a_chart_for_each_part_and_metric_but_not_for_counts():
    def of_table_9(part: str) -> pd.DataFrame:
        return pd.concat([table(MODEL_1, metric=metric, part=part) for metric in ("empty_cams", "overlap", "iou")])

    charts = values_of("09", {"thesis": pd.concat([of_table_9("localisation"), of_table_9("other")])})
    assert {key: [chart.title for chart in group] for key, group in charts.items()} == {
        "table-09/localisation": ["IoU", "Overlap"],
        "table-09/other": ["IoU", "Overlap"],
    }


def test_classes_are_rows_of_their_table():
    rows = [("cls-none_sym-off", label, 0.7, 0.1, 0.8, np.nan) for label in ("nv", "mel")]
    found = words(of_metric(values_of("11", {"thesis": table(*rows, metric="recall", part="test")})))
    assert {"melanocytic nevi", "melanoma"} < set(found)
    assert not [text for text in found if text.startswith("Lesion input")]


def subgroup(name: str, value: float, low: float, high: float, kind: str = "age", cell: str = "cls-none_sym-off"):
    return {
        "testset": "ham10000",
        "cell": cell,
        "kind": kind,
        "subgroup": name,
        "images": 1200,
        "metric": "melanoma_auc",
        "value": value,
        "low": low,
        "high": high,
    }


def test_subgroups_have_a_row_each_and_undefined_ones_say_so():
    rows = [
        subgroup("all", 0.8, 0.75, 0.85, kind="all"),
        subgroup("0-9", np.nan, np.nan, np.nan),
        subgroup("10-19", 0.9, 0.7, 1.0),
        subgroup("all", 0.8, 0.75, 0.85, kind="all", cell="cls-lae_sym-off"),
    ]
    other = [{**row, "images": 90, "value": 0.5, "low": 0.4, "high": 0.6} for row in rows]
    charts = subgroups({"thesis": pd.DataFrame(rows), "leakfree": pd.DataFrame(other)})
    assert list(charts) == ["subgroups/ham10000/cls-none_sym-off"]
    (chart,) = charts["subgroups/ham10000/cls-none_sym-off"]
    assert chart.title == "Melanoma AUC"
    assert [series for series, *_ in intervals(chart.svg)].count("thesis") == 2
    assert [series for series, *_ in intervals(chart.svg)].count("leakfree") == 3
    found = words(chart.svg)
    assert found[found.index("all") :][:7] == [
        "all",
        "1,200 / 90",
        "Age",
        "0-9",
        "undefined / 90",
        "10-19",
        "1,200 / 90",
    ]


def test_hours_are_bars_from_zero():
    stages = pd.DataFrame(
        {"stage": ["masks", "lesion"], "processor_hours": [1.0, 3.0], "gpu_hours": [0.0, 1.5], "jobs": [2, 1200]}
    )
    svg = hours(stages).svg
    bars = [(series, round(high - low, 1)) for series, low, high, _ in intervals(svg)]
    unit = bars[0][1]
    assert bars == [
        ("processor", unit),
        ("gpu", 0),
        ("processor", pytest.approx(3 * unit, abs=0.2)),
        ("gpu", pytest.approx(1.5 * unit, abs=0.2)),
    ]
    assert len({low for _, low, _, _ in intervals(svg)}) == 1
    assert {"3.0 h / 1.5 h, 1,200 jobs", "In hours. In all: processor 4.0 h, GPU 1.5 h."} < set(words(svg))
    without = hours(stages.assign(gpu_hours=0.0), "without").svg
    assert {series for series, *_ in intervals(without)} == {"processor"}
    assert "3.0 h, 1,200 jobs" in words(without)


@pytest.mark.parametrize(
    ("amount", "jobs", "note"),
    [
        (0, 1, "0 min, 1 job"),
        (0.0033, 2, "0.2 min, 2 jobs"),
        (14 / 60, 1, "14 min, 1 job"),
        (0.999, 0, "60 min, 0 jobs"),
        (1, 1, "1.0 h, 1 job"),
        (1234.56, 1234, "1,234.6 h, 1,234 jobs"),
    ],
)
def test_less_than_an_hour_is_told_in_minutes(amount, jobs, note):
    stages = pd.DataFrame({"stage": ["masks"], "processor_hours": [amount], "gpu_hours": [0.0], "jobs": [jobs]})
    found = words(hours(stages).svg)
    assert note in found
    assert [text for text in found if text.startswith("In hours" if amount >= 1 else "In minutes")]


def test_charts_of_both_protocols_have_one_scale():
    def table(*folds: int) -> pd.DataFrame:
        rows = [("nv", "pool", fold, "original") for fold in folds]
        return pd.DataFrame(rows, columns=["label", "role", "fold", "variant"])

    pair = splits({"thesis": table(0, 0, 0, 0, 1), "leakfree": table(0, 0, 1, 1)}, "ham10000")
    # 80 % and 20 %, 50 % and 50 %.
    widths = [[high - low for _, low, high, _ in intervals(chart.svg)] for chart in pair]
    assert widths[1] == pytest.approx([widths[0][0] * 5 / 8] * 2, abs=0.05)
    ticks = [[text.left for text in texts(chart.svg) if text.text in ("20", "40", "60", "80")] for chart in pair]
    assert len(ticks[0]) > 1
    assert ticks[0] == ticks[1]


def test_ages_are_in_order_and_unknown_is_last_whichever_protocol_has_them():
    thesis = [subgroup(name, 0.8, 0.7, 0.9) for name in ("20-29", "unknown")]
    leakfree = [subgroup(name, 0.8, 0.7, 0.9) for name in ("0-9", "20-29", "100-109", "unknown")]
    site = [subgroup(name, 0.8, 0.7, 0.9, kind="site") for name in ("trunk", "unknown", "upper extremity")]
    svg = of_metric(subgroups({"thesis": pd.DataFrame(thesis + site), "leakfree": pd.DataFrame(leakfree)}))
    found = [text for text in words(svg) if not text.startswith(("1,200", "0.", "undefined"))]
    assert found[found.index("Age") :][:9] == [
        *("Age", "0-9", "20-29", "100-109", "unknown"),
        *("Site", "trunk", "upper extremity", "unknown"),
    ]


def test_splits_are_shares_of_each_class():
    rows = [("nv", "pool", 0)] * 4 + [("nv", "pool", 1)] * 4 + [("nv", "pool", -1)] * 2 + [("nv", "test", -1)] * 10
    rows += [("mel", "pool", 0)] * 3 + [("mel", "test", -1)]
    frame = pd.DataFrame(rows, columns=["label", "role", "fold"]).assign(variant="original")
    copies = frame[frame["label"] == "mel"].assign(variant="vflip")
    (chart,) = splits({"thesis": pd.concat([frame, copies])}, "ham10000")
    svg = chart.svg
    bars = [(series, high - low) for series, low, high, _ in intervals(svg)]
    percent = bars[0][1] / 20
    assert [(series, round(width / percent)) for series, width in bars] == [
        ("fold", 20),
        ("fold", 20),
        ("no_fold", 10),
        ("test", 50),
        ("fold", 75),
        ("test", 25),
    ]
    assert {"melanocytic nevi (nv)", "20", "4", "folds, 0 on top", "test set"} < set(words(svg))


def test_a_study_of_one_protocol_and_empty_tables_has_the_charts_of_what_there_is():
    tables = {"table-08a": table(MODEL_1), "table-09": table().iloc[:0], "audit": pd.DataFrame({"artifact": ["a"]})}
    assert list(charts_of({"leakfree": tables})) == ["table-08a/validation"]
    assert charts_of({"leakfree": {}}) == {}


@pytest.mark.parametrize("chart", ["values", "subgroups", "hours", "splits"])
def test_no_text_is_on_another(chart):
    names = [f"cls-{mask}_sym-{source}" for mask in ("none", "seg") for source in ("off", "seg", "malignancy")]
    cells = [(name, "", 0.5, 0.1, 0.6, 0.1) for name in names]
    split = pd.DataFrame({"label": ["akiec", "bkl"], "role": "pool", "fold": 0, "variant": "original"})
    stages = pd.DataFrame({"stage": ["a", "b"], "processor_hours": 1e4, "gpu_hours": 1e4, "jobs": 9999})
    groups = pd.DataFrame(
        [subgroup(name, 0.8, 0.7, 0.9, kind="site") for name in ("lower extremity", "upper extremity")]
    )
    drawn = {
        "values": lambda: of_metric(values_of("08a", dict.fromkeys(("thesis", "leakfree"), table(*cells)))),
        "subgroups": lambda: of_metric(subgroups({"thesis": groups, "leakfree": groups})),
        "hours": lambda: hours(stages).svg,
        "splits": lambda: splits({"thesis": split}, "ham10000")[0].svg,
    }
    found = texts(drawn[chart]())
    assert [(one, two) for one, two in combinations(found, 2) if one.overlaps(two)] == []
    assert min(text.left for text in found) >= 0
    assert max(text.right for text in found) <= 370


def test_a_number_at_the_end_of_the_scale_is_within_the_chart():
    # The scale ends 4 % beyond 0.29616, just after 0.30.
    svg = of_metric(values_of("08a", {"leakfree": table(("cls-none_sym-off", "", 0.2, 0, 0.29616, 0))}))
    (last,) = (text for text in texts(svg) if text.text.startswith("0.3"))
    assert 355 < last.right <= 370
