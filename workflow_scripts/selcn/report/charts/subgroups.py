"""Charts of performance in subgroups of patients and images, with confidence intervals."""

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

import pandas as pd

from selcn.design.cells import CELLS, mask_of
from selcn.report.answers.words import metric_name
from selcn.report.charts.chart import Chart, chart, of_protocols, upper_first
from selcn.report.charts.intervals import Mark, Row, draw
from selcn.report.figures.names import model_number
from selcn.report.tables.subgroups import in_order

SHOWN = tuple(cell for cell in CELLS if mask_of(cell) == "none")
"""The cells that subgroups.md shows."""


def subgroups(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Chart]]:
    """Return the charts of the subgroups, of the cells with unmasked input.

    Parameters
    ----------
    tables
        Table subgroups.csv of each protocol.

    Returns
    -------
    dict
        For each `subgroups/<testset>/<cell>`, a chart for each metric.
    """
    table = of_protocols(tables)
    charts: dict[str, list[Chart]] = {}
    for (testset, cell, metric), rows in table[table["cell"].isin(SHOWN)].groupby(
        ["testset", "cell", "metric"], sort=False
    ):
        drawn = _chart(rows, f"subgroups-{testset}-{cell}-{metric}")
        charts.setdefault(f"subgroups/{testset}/{cell}", []).append(drawn)
    return charts


def _chart(table: pd.DataFrame, name: str) -> Chart:
    first = table.iloc[0]
    title = upper_first(metric_name(first["metric"]).replace(" auc", " AUC"))
    rows: list[Row] = []
    by_group = dict(list(table.groupby(["kind", "subgroup"])))
    for kind, groups in groupby(in_order(by_group), key=itemgetter(0)):
        rows += [Row(upper_first(kind))] if kind != "all" else []
        rows += [_row(group[1], by_group[group]) for group in groups]
    protocols = " / ".join(table["protocol"].unique())
    caption = f"Mean over networks, 95 % CI over resamples of lesions. Right: images ({protocols})."
    description = (
        f"{title} of model {model_number(first['cell'])} ({first['cell']}) by subgroup on {first['testset']}, "
        f"{len(table)} values with confidence intervals."
    )
    return chart(name, title, description, lambda figure, text: draw(figure, rows, text, caption))


def _row(label: str, table: pd.DataFrame) -> Row:
    marks = tuple(Mark(one.protocol, one.value, one.low, one.high) for one in table.itertuples())
    defined = table[["value", "low", "high"]].notna().all(axis=1)
    notes = [f"{images:,}" if known else "undefined" for images, known in zip(table["images"], defined, strict=True)]
    return Row(label, marks, " / ".join(notes if defined.any() else ["undefined"]))
