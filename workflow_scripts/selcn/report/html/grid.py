"""Tables of the page: columns, and rows of cells with what the page shows, sorts by and links to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from selcn.report.tables.render import NONE

PRINTED = "printed"
"""Label of the columns with the thesis's values."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    group
        The heading above this and neighbouring columns; empty: none.
    protocol
        The protocol whose values the column has; empty: none.
    numeric
        Whether its cells are numbers, aligned to the right.
    """

    label: str
    group: str = ""
    protocol: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text
        What it says first.
    lines
        Further lines, less prominent.
    sort
        What the column is sorted by, in full precision; None: by the text.
    best
        Whether it is marked as the best of its column.
    href
        Where its text links to; empty: nowhere.
    data
        Values of data attributes, by name without `data-`.
    """

    text: str
    lines: tuple[str, ...] = ()
    sort: float | str | None = None
    best: bool = False
    href: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """A table of the page.

    Attributes
    ----------
    caption
        What the table shows.
    named_by
        The column whose cells name their rows.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    named_by: int = 0

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The headings above the columns, each with the number of its columns; empty where no column has one."""
        if not any(column.group for column in self.columns):
            return []
        return [(label, len(list(columns))) for label, columns in groupby(column.group for column in self.columns)]

    @property
    def stays(self) -> int:
        """The column that stays in view while others scroll: a model's number, which is short, or its row's name."""
        return 0 if self.columns[0].label == "#" else self.named_by


def text_cell(text: object) -> Cell:
    """Return a cell with a text."""
    return Cell(str(text))


def number_cell(value: float | None, digits: int = 0, **further: object) -> Cell:
    """Return a cell with a number, or with a dash where it is NaN or None."""
    if value is None or math.isnan(value):
        return Cell(NONE, sort="")
    return Cell(f"{value:,.{digits}f}", sort=value, **further)  # type: ignore[arg-type]


def columns_of(labels: Sequence[str], numeric: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return columns without groups; `numeric` are the labels of those with numbers."""
    return tuple(Column(label, numeric=label in numeric) for label in labels)
