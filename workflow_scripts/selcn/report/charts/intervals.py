"""Charts of intervals: rows of values with their intervals on one scale, narrow enough for a phone."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from selcn.report.charts.svg import GROUND, INK, LEAKFREE, THESIS
from selcn.report.figures.style import BLUE, GREEN, GREY, GRID, ORANGE, VERMILION

# Points, which are pixels of the SVG.
WIDTH = 370
TEXT, TITLE = 9.5, 11
LINE, MARKS, GAP = 12.5, 7, 6
MARGIN, EDGE, TICKS, LEGEND = 4, 18, 18, 16
CHARACTERS = 69
BAR = 5.5


@dataclass(frozen=True)
class Series:
    """What a mark stands for: in words, by colour and by marker.

    Attributes
    ----------
    marker
        A marker of Matplotlib; none for a bar.
    thickness
        Points of the interval's line.
    """

    label: str
    colour: str
    marker: str = ""
    thickness: float = 1.4


PRINTED = "printed"
SERIES = {
    PRINTED: Series("printed in the thesis", INK, "D"),
    "thesis": Series("thesis protocol", THESIS, "^"),
    "leakfree": Series("leakfree protocol", LEAKFREE, "o"),
    "processor": Series("processor", BLUE, thickness=BAR),
    "gpu": Series("GPU", ORANGE, thickness=BAR),
    "fold": Series("folds, 0 on top", ORANGE, thickness=BAR),
    "no_fold": Series("in no fold", GREY, thickness=BAR),
    "test": Series("test set", BLUE, thickness=BAR),
    "official_test": Series("official test set", GREEN, thickness=BAR),
    "seen": Series("lesion seen in training", VERMILION, thickness=BAR),
}


@dataclass(frozen=True)
class Mark:
    """A value and its interval.

    Attributes
    ----------
    series
        A key of `SERIES`.
    value, low, high
        NaN: undefined, and not drawn.
    filled
        Whether the marker is filled or open.
    """

    series: str
    value: float
    low: float
    high: float
    filled: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a chart: its label, its marks from top to bottom, and a note on the right. Without marks, a heading."""

    label: str
    marks: tuple[Mark, ...] = ()
    note: str = ""

    @property
    def height(self) -> float:
        """Its height in points."""
        return max(LINE, MARKS * len(self.marks) + GAP) if self.marks else LINE + GAP


def draw(
    figure: Figure,
    rows: Sequence[Row],
    title: str,
    caption: str,
    line: float | None = None,
    reach: float | None = None,
) -> None:
    """Draw rows of intervals.

    Parameters
    ----------
    caption
        Text below the axis, wrapped to the width.
    line
        A value to draw a line at, such as 0 for differences.
    reach
        A value that the scale holds too, so that charts side by side have the same.
    """
    total = sum(row.height for row in rows)
    below = textwrap.wrap(caption, CHARACTERS)
    top, bottom = TITLE + 2 * MARGIN + LEGEND, TICKS + LINE * len(below) + MARGIN
    height = top + total + bottom
    figure.set_size_inches(WIDTH / 72, height / 72)
    figure.text(MARGIN / WIDTH, 1 - MARGIN / height, title, va="top", size=TITLE, weight="bold")
    _draw_legend(figure, rows, 1 - (TITLE + 2 * MARGIN) / height)
    for number, text in enumerate(reversed(below)):
        figure.text(MARGIN / WIDTH, (MARGIN + LINE * number) / height, text, size=TEXT, color=GREY)
    labelled = [row.label for row in rows if row.marks]
    # Without notes, the last number of the scale needs its half.
    left, right = (max(2.5 * MARGIN + _widest(texts), EDGE) for texts in (labelled, [row.note for row in rows]))
    axes = figure.add_axes((left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, total / height))
    _set_scale(axes, [*_ends(rows), *(end for end in (line, reach) if end is not None)], total)
    if line is not None:
        axes.axvline(line, color=INK, lw=0.9, gid="line")
    _draw_rows(axes, rows, left, right)


def _widest(texts: Iterable[str]) -> float:
    font = FontProperties(family="DejaVu Sans", size=TEXT)
    return max((text_to_path.get_text_width_height_descent(text, font, False)[0] for text in texts), default=0)


def _draw_legend(figure: Figure, rows: Sequence[Row], top: float) -> None:
    used = {mark.series for row in rows for mark in row.marks}
    handles = [
        Line2D([], [], color=one.colour, marker=one.marker, ms=5.5, lw=0 if one.marker else BAR, label=one.label)
        for key, one in SERIES.items()
        if key in used
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(MARGIN / WIDTH, top),
        ncols=len(SERIES),
        fontsize=TEXT,
        handlelength=1,
        handletextpad=0.5,
        columnspacing=1,
        borderpad=0,
        borderaxespad=0,
    )


def _ends(rows: Sequence[Row]) -> list[float]:
    return [end for row in rows for mark in row.marks for end in (mark.value, mark.low, mark.high)]


def _set_scale(axes: Axes, held: Sequence[float], total: float) -> None:
    """Set the scale to hold these values, and y to points from the top."""
    shown = np.array(held, float)
    shown = shown[np.isfinite(shown)] if np.isfinite(shown).any() else np.array([0.0, 1.0])
    margin = 0.04 * (np.ptp(shown) or 1)
    axes.set(xlim=(shown.min() - margin, shown.max() + margin), ylim=(total, 0), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=TEXT)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_rows(axes: Axes, rows: Sequence[Row], left: float, right: float) -> None:
    y = 0.0
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "size": TEXT,
        "va": "center",
    }
    for row in rows:
        middle = y + row.height / 2
        start = 0 if row.marks else GAP / 2
        # A heading's ground interrupts the lines that it crosses.
        kind: dict[str, Any] = {} if row.marks else {"weight": "bold", "bbox": {"fc": GROUND, "ec": "none", "pad": 0.5}}
        axes.annotate(row.label, (0, middle + start), (MARGIN - left, 0), **kind, **beside)
        if row.note:
            axes.annotate(row.note, (1, middle), (right - MARGIN, 0), ha="right", **beside)
        for number, mark in enumerate(row.marks):
            _draw_mark(axes, mark, middle + MARKS * (number - (len(row.marks) - 1) / 2))
        y += row.height


def _draw_mark(axes: Axes, mark: Mark, y: float) -> None:
    series = SERIES[mark.series]
    if np.isfinite([mark.low, mark.high]).all():
        (line,) = axes.plot([mark.low, mark.high], [y, y], color=series.colour, lw=series.thickness, clip_on=False)
        line.set(gid=f"interval {mark.series}", solid_capstyle="butt")
    if np.isfinite(mark.value):
        (point,) = axes.plot([mark.value], [y], series.marker, color=series.colour, ms=5.5, mew=1.2, clip_on=False)
        point.set(
            gid=f"value {mark.series} {'filled' if mark.filled else 'open'}",
            markerfacecolor=series.colour if mark.filled else GROUND,
        )
