"""Documents of text and sortable tables as one HTML file each, which needs no other file and no network."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token

from selcn.report.tables.blocks import Block, Entry, Grid
from selcn.report.tables.html_template import STYLE, TEMPLATE

_SORTABLE = Path(__file__).resolve().parents[1] / "vendor/sortable"
_HEADING = re.compile(r"#+ (.+)")
# A number at the beginning of an entry: 1,234; +.012; −3 %.
_NUMBER = re.compile(r"[<*\s]*([+−-]?[\d,]*\.?\d+)")
_EMPHASIS = {"**": "best", "***": "of-all"}


def as_html(blocks: Sequence[Block]) -> str:
    """Return blocks as one HTML file, whose tables a click on a column's name sorts.

    Numbers are sorted by their full precision; with Shift, by the difference from the thesis's value.

    Parameters
    ----------
    blocks
        The first is the title, a heading in Markdown. HTML in a text is shown, not interpreted.
    """
    return _template().render(
        title=_HEADING.fullmatch(str(blocks[0]))[1],  # type: ignore[index]
        parts=list(_parts(blocks)),
        differences=any(_has_differences(block) for block in blocks if isinstance(block, Grid)),
        style=_asset("sortable-base.min.css") + STYLE,
        script=_asset("sortable.min.js") + _asset("sortable.a11y.min.js"),
        emphasis=_EMPHASIS,
        attributes=_attributes,
    )


def _parts(blocks: Sequence[Block]) -> Iterator[tuple[str, str | Grid]]:
    """Yield each block, texts as HTML, with the heading that it stands under."""
    heading = ""
    for block in blocks:
        if isinstance(block, Grid):
            yield heading, block
            continue
        found = _HEADING.fullmatch(block)
        heading = found[1].replace("`", "") if found else heading
        yield heading, _html_of(block)


def _html_of(text: str) -> str:
    """Return Markdown as HTML; its tables are sortable, too."""
    markdown = _markdown()
    tokens = markdown.parse(text)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "table_open":
            token.attrSet("class", "sortable n-last")
        if token.type == "td_open":
            _set_sort_key(token, following.content if following else "")
    html = markdown.renderer.render(tokens, markdown.options, {})
    return html.replace("<table", '<div class="scroll" tabindex="0"><table').replace("</table>", "</table></div>")


def _set_sort_key(cell: Token, text: str) -> None:
    if found := _NUMBER.match(text):
        cell.attrSet("data-sort", found[1].replace(",", "").replace("−", "-"))


def _attributes(entry: Entry) -> dict[str, str]:
    """Return the attributes of an entry's cell: what it is of, and the numbers by which it is sorted."""
    attributes = {f"data-{name}": key for name, key in entry.keys.items()}
    for name, number in (("data-sort", entry.value), ("data-sort-alt", entry.difference)):
        if number is not None:
            # Empty keys are sorted last, whatever the direction.
            attributes[name] = "" if math.isnan(number) else str(number)
    return attributes


def _has_differences(grid: Grid) -> bool:
    return any(isinstance(entry, Entry) and entry.difference is not None for row in grid.rows for entry in row)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _template() -> Template:
    settings = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return settings.from_string(TEMPLATE)


def _asset(name: str) -> str:
    # The style sheet begins with a byte order mark.
    return (_SORTABLE / name).read_text(encoding="utf-8-sig")
