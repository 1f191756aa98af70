"""The page: its sections, rendered by Jinja into one file of HTML with its styles and scripts in it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from selcn.report.html.digest import HTML
from selcn.report.html.results import Results
from selcn.report.html.sections.answers import answers
from selcn.report.html.sections.data import data
from selcn.report.html.sections.external import external
from selcn.report.html.sections.run import run
from selcn.report.html.sections.splits import splits
from selcn.report.html.sections.stages import cells, isic2016, isic2019, segmentation, symmetry

SECTIONS: Mapping[str, tuple[str, Callable[[Results], dict[str, Any]]]] = {
    "data": ("Data", data),
    "splits": ("Splits and leakage", splits),
    "segmentation": ("Segmentation", segmentation),
    "symmetry": ("Symmetry", symmetry),
    "cells": ("Lesion cells and sham controls", cells),
    "isic2019": ("ISIC2019", isic2019),
    "external": ("Other external data sets", external),
    "isic2016": ("ISIC2016", isic2016),
    "answers": ("Answers", answers),
    "images": ("Images", lambda results: {"galleries": results.galleries}),
    "run": ("The run", run),
}
"""The sections after the summary, by their ids, in the order of the page; one without data is left out."""

SORTABLE = HTML.parent / "vendor" / "sortable"


def render(results: Results) -> str:
    """Return the page of a study."""
    environment = Environment(
        loader=FileSystemLoader(HTML / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections = {name: prepare(results) for name, (_, prepare) in SECTIONS.items()}
    return environment.get_template("page.html.j2").render(
        results=results,
        titles={"summary": "Summary"} | {name: title for name, (title, _) in SECTIONS.items() if sections[name]},
        sections=sections,
        styles=_joined([SORTABLE / "sortable-base.min.css", *_assets("css")]),
        scripts=_joined([SORTABLE / "sortable.min.js", SORTABLE / "sortable.a11y.min.js", *_assets("js")]),
    )


def _assets(suffix: str) -> list[Path]:
    """Return the page's own files of a kind, its own before the viewer's."""
    return sorted((HTML / "assets").glob(f"*.{suffix}"))


def _joined(paths: list[Path]) -> Markup:
    """Return the contents of styles or scripts, none of which may end the element that they stand in.

    Raises
    ------
    ValueError
        A file has a closing tag of its element.
    """
    texts = [path.read_text(encoding="utf-8").strip().removeprefix("\ufeff") for path in paths]
    for path, text in zip(paths, texts, strict=True):
        if "</script" in text.lower() or "</style" in text.lower():
            raise ValueError(
                f"{path}: found </script or </style, which would end the page's element; write it otherwise"
            )
    return Markup("\n".join(texts))
