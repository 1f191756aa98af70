"""The charts of the page: all comparisons and subgroups, the thesis's tables beside its values, and the splits."""

from collections.abc import Mapping

import pandas as pd

from selcn.report.charts.amounts import splits
from selcn.report.charts.catalogue import charts_of
from selcn.report.charts.chart import Chart
from selcn.report.tables.specs import SPECS
from selcn.report.tables.study_specs import spec_of


def page_charts(
    tables: Mapping[tuple[str, str], pd.DataFrame], split_tables: Mapping[tuple[str, str], pd.DataFrame]
) -> pd.DataFrame:
    """Return the charts of a study's page.

    Parameters
    ----------
    tables, split_tables
        The tables, and the split tables with their variants, by protocol and name.

    Returns
    -------
    DataFrame
        Columns key (what a chart shows, see `selcn.report.html.results.Results.charts`), title and svg.
    """
    of_protocols: dict[str, dict[str, pd.DataFrame]] = {}
    for (protocol, name), table in tables.items():
        if len(drawn := _drawn(name, table)):
            of_protocols.setdefault(protocol, {})[name] = drawn
    charts: dict[str, list[Chart]] = charts_of(of_protocols)
    for dataset in dict.fromkeys(dataset for _, dataset in split_tables):
        of_dataset = {protocol: table for (protocol, name), table in split_tables.items() if name == dataset}
        charts[f"splits/{dataset}"] = splits(of_dataset, dataset)
    rows = [(key, chart.title, chart.svg) for key, of_key in charts.items() for chart in of_key]
    return pd.DataFrame(rows, columns=["key", "title", "svg"], dtype="str")


def _drawn(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that are drawn: of the thesis's tables those that it has, of the audit none."""
    if name in ("comparisons", "subgroups"):
        return table
    number = name.removeprefix("table-")
    if number not in SPECS or not (spec := spec_of(number)).in_thesis:
        return table.iloc[:0]
    # The part without images of the networks' own data set is the only further one with charts.
    return table[table["part"].isin((spec.part, f"{spec.part}_outside"))]
