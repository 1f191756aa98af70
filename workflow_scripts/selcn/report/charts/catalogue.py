"""All charts of a study's tables."""

from collections.abc import Mapping

import pandas as pd

from selcn.report.charts.chart import Chart
from selcn.report.charts.forest import forests
from selcn.report.charts.sensitivity import sensitivities
from selcn.report.charts.subgroups import subgroups
from selcn.report.charts.values import values_of
from selcn.report.tables.specs import SPECS


def charts_of(tables: Mapping[str, Mapping[str, pd.DataFrame]]) -> dict[str, list[Chart]]:
    """Return the charts of a study's tables; a table that is absent or empty has none.

    Parameters
    ----------
    tables
        For each protocol the tables of results/<protocol>/tables by the stem of their CSV file: `comparisons`,
        `subgroups` and `table-<n>`.

    Returns
    -------
    dict
        Charts that belong together, by `comparisons/<measured>/<question>`, `table-<n>/<part>` and
        `subgroups/<testset>/<cell>`, in the order of the tables.
    """

    def of_protocols(stem: str) -> dict[str, pd.DataFrame]:
        return {protocol: named[stem] for protocol, named in tables.items() if stem in named}

    charts: dict[str, list[Chart]] = {}
    if compared := of_protocols("comparisons"):
        charts |= forests(compared)
        for key, curves in sensitivities(compared).items():
            charts[key] = [*curves, *charts[key]]
    for number in SPECS:
        if values := of_protocols(f"table-{number}"):
            charts |= values_of(number, values)
    if measured := of_protocols("subgroups"):
        charts |= subgroups(measured)
    return charts
