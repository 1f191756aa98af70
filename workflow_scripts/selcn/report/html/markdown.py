"""Markdown of the study's tables and answers as HTML, with its text escaped and its tables as the page has them."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# No HTML, so that a name in a table cannot become an element.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_SCROLLED = '<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n<table class="sortable n-last">\n'


def _table_open(self, tokens: Sequence[Token], index: int, options, env) -> str:
    env["tables"] = env.get("tables", 0) + 1
    return _SCROLLED.format(label=f"Table {env['tables']} of {env['label']}")


_PARSER.add_render_rule("table_open", _table_open)
_PARSER.add_render_rule("table_close", lambda self, tokens, index, options, env: "</table>\n</div>\n")


def inline(text: str) -> Markup:
    """Return one line of Markdown as HTML without a paragraph around it."""
    return Markup(_PARSER.renderInline(text))


def blocks(text: str, label: str, shift: int = 0) -> Markup:
    """Return Markdown as HTML.

    Parameters
    ----------
    label
        What the text is, for the names of the scroll containers of its tables.
    shift
        By how many levels headings are lowered.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {"label": Markup.escape(label)}))


def by_heading(text: str) -> dict[str, str]:
    """Divide Markdown at its headings of the second level.

    Returns
    -------
    dict
        The source below each heading, by the heading's text; that before the first, without the title, under "".
    """
    parts, name = {"": []}, ""  # type: dict[str, list[str]], str
    for line in text.splitlines():
        if line.startswith("## "):
            name = line.removeprefix("## ")
            parts[name] = []
        elif not line.startswith("# "):
            parts[name].append(line)
    return {name: "\n".join(lines).strip() for name, lines in parts.items()}


def paragraphs(text: str) -> list[str]:
    """Return the blocks of Markdown that blank lines divide."""
    return [block for block in text.split("\n\n") if block.strip()]


def notes_of(text: str) -> list[str]:
    """Return the items of the lists in a table's Markdown: the notes below it."""
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
