"""Cards as Markdown, from Jinja templates."""

from collections.abc import Mapping
from pathlib import Path

import jinja2


def render(template: str | Path, facts: Mapping[str, object]) -> str:
    """Return a card.

    Parameters
    ----------
    template
        A file of `templates/`.
    facts
        What it names: text as Markdown, numbers, and tables as `selcn.report.tables.render.markdown_grid` writes them.

    Raises
    ------
    jinja2.UndefinedError
        The template names something else.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(template).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # The card is Markdown, not HTML.
        autoescape=False,
    )
    return environment.get_template(Path(template).name).render(facts)
