"""Forest plots of the comparisons: every difference of two cells with its confidence interval."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.answers.words import KINDS, ci_name, metric_name, signed
from selcn.report.charts.chart import Chart, chart, of_protocols, upper_first
from selcn.report.charts.intervals import Mark, Row, draw

_WHAT = ["measured", "question", "testset", "metric"]


def forests(comparisons: Mapping[str, pd.DataFrame]) -> dict[str, list[Chart]]:
    """Return the forest plots of a study's comparisons.

    Parameters
    ----------
    comparisons
        Table comparisons.csv of each protocol.

    Returns
    -------
    dict
        For each `comparisons/<measured>/<question>`, such as `comparisons/predictions/cams`, a chart for each metric.
    """
    charts: dict[str, list[Chart]] = {}
    table = of_protocols(comparisons)
    for (measured, question, testset, metric), rows in table.groupby(_WHAT, sort=False):
        drawn = _forest(rows, "-".join(("comparisons", measured, question, testset, metric)))
        charts.setdefault(f"comparisons/{measured}/{question}", []).append(drawn)
    return charts


def _forest(table: pd.DataFrame, name: str) -> Chart:
    first = table.iloc[0]
    metric = metric_name(first["metric"])
    ci = ci_name(first["alpha"])
    rows = []
    for (cell, reference), pair in table.groupby(["cell", "reference"], sort=False):
        rows.append(Row(f"{cell} − {reference}"))
        rows += [_row(one) for one in pair.itertuples()]
    caption = f"Difference in {metric}, {ci}. Filled: significant after Holm's correction; open: not."
    what, other = KINDS[first["question"]]
    significant = (table["outcome"] != NOT_SIGNIFICANT).sum()
    description = (
        f"Forest plot: {what} compared with {other}, on {DATASETS[first['testset']]}. {len(table)} differences in "
        f"{metric} with {ci}, {significant} of them significant."
    )
    return chart(name, upper_first(metric), description, lambda figure, title: draw(figure, rows, title, caption, 0))


def _row(one: Any) -> Row:
    mark = Mark(one.protocol, one.difference, one.low, one.high, one.outcome != NOT_SIGNIFICANT)
    defined = pd.notna([one.low, one.high]).all()
    interval = f"{signed(one.low)} to {signed(one.high)}" if defined else "undefined"
    note = f"{signed(one.difference)} ({interval})" if pd.notna(one.difference) else "undefined"
    return Row(one.protocol, (mark,), note)
