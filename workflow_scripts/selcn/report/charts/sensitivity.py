"""Sensitivity curve: the gain over zeros against the share of images whose map tells the class."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from selcn.report.answers.sensitivity import FAR_ABOVE, METRIC, gains
from selcn.report.answers.words import ci_name, metric_name
from selcn.report.charts.chart import Chart, chart, of_protocols
from selcn.report.charts.intervals import EDGE, LEGEND, LINE, MARGIN, SERIES, TEXT, TITLE, WIDTH
from selcn.report.charts.svg import GROUND, INK
from selcn.report.figures.style import GREY, GRID
from selcn.report.tables.models import label_of

KEY = "comparisons/predictions/oracles"
"""What the curves show, as the forest plots of the same comparisons do."""

_HEIGHT = 200
# Beside each other, so that intervals do not hide one another, and told apart in grey.
_STYLES = {"thesis": ("--", -0.8), "leakfree": ("-", 0.8)}


def sensitivities(comparisons: Mapping[str, pd.DataFrame]) -> dict[str, list[Chart]]:
    """Return the sensitivity curves of a study, one for each input mask with oracle controls.

    Parameters
    ----------
    comparisons
        Table comparisons.csv of each protocol.
    """
    table = gains(of_protocols(comparisons))
    table = table[~table["by_place"]]
    curves = [_curve(rows, f"sensitivity-{mask}") for mask, rows in table.groupby("mask", sort=False)]
    return {KEY: curves} if curves else {}


def _curve(rows: pd.DataFrame, name: str) -> Chart:
    ci, metric = ci_name(rows["alpha"].iloc[0]), metric_name(METRIC)
    title = f"Sensitivity ({label_of('lesion', rows['cell'].iloc[0])[1]})"
    caption = [
        f"Gain in {metric} over zeros, {ci}, against the share of images whose",
        f"map tells the class, in %. Filled: significant. Dotted: {FAR_ABOVE:g}, above which",
        "the interval must lie at 100 %.",
    ]
    description = (
        f"Curve: gain of oracle controls over the sham control zeros in {metric}, {len(rows)} values with {ci} at "
        f"shares from {rows['share'].min():.0%} to {rows['share'].max():.0%}."
    )
    return chart(name, title, description, lambda figure, text: _draw(figure, rows, text, caption))


def _draw(figure: Figure, rows: pd.DataFrame, title: str, caption: list[str]) -> None:
    top, bottom = TITLE + 2 * MARGIN + LEGEND, LINE * (len(caption) + 1.6) + MARGIN
    height = top + _HEIGHT + bottom
    figure.set_size_inches(WIDTH / 72, height / 72)
    figure.text(MARGIN / WIDTH, 1 - MARGIN / height, title, va="top", size=TITLE, weight="bold")
    for number, text in enumerate(reversed(caption)):
        figure.text(MARGIN / WIDTH, (MARGIN + LINE * number) / height, text, size=TEXT, color=GREY)
    left = 2.2 * EDGE
    axes = figure.add_axes((left / WIDTH, bottom / height, (WIDTH - left - EDGE) / WIDTH, _HEIGHT / height))
    axes.axhline(0, color=INK, lw=0.9, gid="line")
    axes.axhline(FAR_ABOVE, color=GREY, lw=1.2, ls=":", gid="far above")
    for protocol, of_protocol in rows.groupby("protocol", sort=False):
        series, (style, beside) = SERIES[protocol], _STYLES[protocol]
        places = 100 * of_protocol["share"] + beside
        axes.plot(places, of_protocol["difference"], color=series.colour, lw=1.2, ls=style, gid=f"curve {protocol}")
        for x, row in zip(places, of_protocol.itertuples(), strict=True):
            axes.plot([x, x], [row.low, row.high], color=series.colour, lw=series.thickness, gid=f"interval {protocol}")
            found = row.outcome == "higher"
            (point,) = axes.plot([x], [row.difference], series.marker, color=series.colour, ms=5.5, mew=1.2)
            point.set(
                gid=f"value {protocol} {'filled' if found else 'open'}",
                markerfacecolor=series.colour if found else GROUND,
            )
        axes.plot([], [], series.marker, ls=style, color=series.colour, ms=5.5, label=series.label)
    axes.set(xlim=(0, 104), xticks=sorted(100 * rows["share"].unique()))
    axes.tick_params(labelsize=TEXT)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(
        loc="upper left",
        bbox_to_anchor=(MARGIN / WIDTH, 1 - (TITLE + 2 * MARGIN) / height),
        ncols=2,
        fontsize=TEXT,
        handletextpad=0.5,
        borderpad=0,
        borderaxespad=0,
    )
