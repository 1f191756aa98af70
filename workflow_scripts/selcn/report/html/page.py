"""The page: its sections, rendered by Jinja into one file of HTML with its styles and scripts in it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from selcn.design.datasets import DATASETS, EXTERNAL, LESION, ROLES, name_of_set
from selcn.report.html.digest import HTML
from selcn.report.html.rendering import environment_of, joined
from selcn.report.html.results import Results
from selcn.report.html.sections.answers import answers
from selcn.report.html.sections.data import data
from selcn.report.html.sections.others import others
from selcn.report.html.sections.run import run
from selcn.report.html.sections.splits import splits
from selcn.report.html.sections.stages import cells, further, segmentation, symmetry, tested

Section = tuple[str, Callable[..., dict[str, Any]]]
"""A section's title, and what prepares its data."""

SECTIONS: Mapping[str, Section] = {
    "data": ("Data", data),
    "splits": ("Splits and leakage", splits),
    "segmentation": ("Segmentation", segmentation),
    "symmetry": ("Symmetry", symmetry),
    "cells": ("Lesion cells and sham controls", cells),
    "tested": ("", tested),
    "others": ("Other external data sets", others),
    "further": ("", further),
    "answers": ("Answers", answers),
    "images": ("Images", lambda results: {"galleries": results.galleries}),
    "run": ("The run", run),
}
"""The sections after the summary, by their templates, in the order of the page; one without data is left out.

`tested` is the section of each external set that training jobs predict, `further` that of each further lesion set;
their ids are the data sets', and their titles these sets' names.
"""

SORTABLE = HTML.parent / "vendor" / "sortable"


def render(results: Results) -> str:
    """Return the page of a study."""
    sections = list(_sections(results))
    return (
        environment_of(HTML / "templates")
        .get_template("page.html.j2")
        .render(
            results=results,
            titles={"summary": "Summary"} | {name: title for name, title, _, _ in sections},
            templates={"summary": "summary"} | {name: template for name, _, template, _ in sections},
            sections={name: data for name, _, _, data in sections},
            names={role: name_of_set(role) for role in ROLES},
            styles=joined([SORTABLE / "sortable-base.min.css", *_assets("css")]),
            scripts=joined([SORTABLE / "sortable.min.js", SORTABLE / "sortable.a11y.min.js", *_assets("js")]),
        )
    )


def _sections(results: Results) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield id, title, template and data of each section after the summary."""
    of_sets = {"tested": ROLES[EXTERNAL], "further": ROLES[LESION][1:]}
    for template, (title, prepare) in SECTIONS.items():
        if template in of_sets:
            for dataset in of_sets[template]:
                yield dataset, DATASETS[dataset], template, prepare(results, dataset)
        elif prepared := prepare(results):
            yield template, title, template, prepared


def _assets(suffix: str) -> list[Path]:
    """Return the page's own files of a kind, its own before the viewer's."""
    return sorted((HTML / "assets").glob(f"*.{suffix}"))
