"""A chart of the report's page, and the tables of both protocols as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from selcn.report.charts.svg import inline
from selcn.report.figures.style import STYLE


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes
    ----------
    name
        A word that no other chart of the page has; `<name>-title` is the id of its title.
    title
        What stands above it, such as a metric's name.
    description
        What it shows, for those who do not see it.
    svg
        An `<svg>` element, as of `selcn.report.charts.svg.inline`.
    """

    name: str
    title: str
    description: str
    svg: str


def chart(name: str, title: str, description: str, draw: Callable[[Figure, str], None]) -> Chart:
    """Return the chart that `draw` makes of an empty figure in the study's style and the title."""
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure()
        draw(figure, title)
        return Chart(name, title, description, inline(figure, name, title, description))


def of_protocols(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one table of the tables of each protocol, with a column `protocol`."""
    return pd.concat([table.assign(protocol=protocol) for protocol, table in tables.items()], ignore_index=True)


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case: Accuracy, IoU."""
    return text[:1].upper() + text[1:]
