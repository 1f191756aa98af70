"""Charts of the tables' values: ours in each protocol, beside those printed in the thesis."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from selcn.design.class_names import CLASS_NAMES
from selcn.report.charts.chart import Chart, chart, of_protocols
from selcn.report.charts.intervals import PRINTED, Mark, Row, draw
from selcn.report.tables.columns import Metric
from selcn.report.tables.models import label_of, number_of
from selcn.report.tables.specs import SPECS, Spec

_OVER = {
    "images": "images",
    "localisation": "images",
    "folds": "the networks of all folds and seeds",
    "classes": "the networks of all folds and seeds",
    "out_of_distribution": "the networks of all folds and seeds",
}
# Where a table's head leaves out what the column before says.
_TITLES = {
    "melanoma_sensitivity_at_80": "Melanoma sensitivity at 80 % specificity",
    "melanoma_sensitivity_at_90": "Melanoma sensitivity at 90 % specificity",
    "melanoma_sensitivity_at_95": "Melanoma sensitivity at 95 % specificity",
}


def values_of(number: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Chart]]:
    """Return the charts of a table.

    Parameters
    ----------
    number
        A key of `selcn.report.tables.specs.SPECS`.
    tables
        Table table-<number>.csv of each protocol.

    Returns
    -------
    dict
        For each `table-<number>/<part>`, such as `table-08a/validation`, a chart for each metric that is no count.
    """
    spec = SPECS[number]
    charts: dict[str, list[Chart]] = {}
    table = of_protocols(tables)
    # Empty cells of a CSV file are read as NaN.
    table["class"] = table["class"].astype(object).fillna("")
    for part, rows in table.groupby("part", sort=False):
        for metric in spec.metrics:
            of_metric = rows[rows["metric"] == metric.key]
            if metric.digits and of_metric[["ours_mean", "thesis_mean"]].notna().any(axis=None):
                name = f"table-{number}-{part}-{metric.key}"
                charts.setdefault(f"table-{number}/{part}", []).append(_chart(of_metric, spec, metric, name))
    return charts


def _chart(table: pd.DataFrame, spec: Spec, metric: Metric, name: str) -> Chart:
    title = _TITLES.get(metric.key, metric.label)
    rows: list[Row] = []
    heading = ""
    for (cell, label), values in table.groupby(["cell", "class"], sort=False):
        if spec.family == "lesion" and not label and _heading(cell) != heading:
            heading = _heading(cell)
            rows.append(Row(heading))
        rows.append(_row(values, _label(spec.family, cell, label)))
    over = _OVER[spec.source]
    caption = f"Mean ± standard deviation over {over}." if metric.spread else f"Mean over {over}."
    marked = sum(len(row.marks) for row in rows)
    description = f"{title} on {spec.dataset}: {marked} values, ours by protocol and those printed in the thesis."
    return chart(name, title, description, lambda figure, text: draw(figure, rows, text, caption))


def _row(values: pd.DataFrame, label: str) -> Row:
    printed = values.dropna(subset="thesis_mean").head(1)
    marks = [_mark(PRINTED, one.thesis_mean, one.thesis_sd) for one in printed.itertuples()]
    marks += [_mark(one.protocol, one.ours_mean, one.ours_sd) for one in values.itertuples()]
    absent = [one.protocol for one in values.itertuples() if pd.isna(one.ours_mean)]
    return Row(label, tuple(marks), f"no value: {', '.join(absent)}" if absent else "")


def _mark(series: str, mean: Any, sd: Any) -> Mark:
    return Mark(series, mean, mean - sd, mean + sd)


def _heading(cell: str) -> str:
    _, mask, source = label_of("lesion", cell)
    kind = "symmetry input" if number_of("lesion", cell) else source.partition(":")[0]
    return f"Lesion input: {mask}; {kind}:"


def _label(family: str, model: str, label: str) -> str:
    if label:
        return CLASS_NAMES.get(label, label)
    number = f"{number_of(family, model)}: " if number_of(family, model) else ""
    names = label_of(family, model)
    if family == "lesion":
        return number + names[2].removeprefix("sham control: ").removeprefix("oracle control: ")
    if family == "symmetry":
        return number + names[1] + (", from random weights" if names[2] == "no" else "")
    return names[0]
