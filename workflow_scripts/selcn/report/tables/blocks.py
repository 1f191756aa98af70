"""Blocks of a document: paragraphs in Markdown and tables, which are written as Markdown and as HTML."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NONE = "–"
DEMO = (
    "> **Demo data.** These numbers come from synthetic images. They show that the workflow runs "
    "and say nothing about skin lesions."
)


@dataclass(frozen=True)
class Entry:
    """An entry of a table.

    Attributes
    ----------
    text
        What it says, without emphasis.
    mark
        Markdown's emphasis of the text: "", "**" or "***".
    spread
        What follows the text: its standard deviation.
    aside
        What is added in brackets: the thesis's value and the difference.
    value
        The number behind the text, by which HTML sorts: NaN where it is missing, None where the entry is no number.
    difference
        The number behind the difference from the thesis, likewise.
    keys
        What the value is of, by name.
    """

    text: str
    mark: str = ""
    spread: str = ""
    aside: str = ""
    value: float | None = None
    difference: float | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The entry as Markdown."""
        return f"{self.mark}{self.text}{self.mark}{self.spread}" + (f" ({self.aside})" if self.aside else "")


MISSING = Entry(NONE, value=math.nan)
"""The entry of a number that is missing."""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    head
        The columns' names.
    rows
        Entries, or their texts where there is no more to an entry.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str | Entry]]

    def __str__(self) -> str:
        """The table as Markdown."""
        return markdown_grid(self.head, [list(map(str, row)) for row in self.rows])


Block = str | Grid
"""A paragraph, heading, list or quotation in Markdown, or a table."""


def as_markdown(blocks: Sequence[Block]) -> str:
    """Return blocks as Markdown."""
    return "\n\n".join(map(str, blocks)) + "\n"


def markdown_grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are also aligned in the source."""
    widths = [max(3, *(len(line[column]) for line in (head, *rows))) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    lines = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
