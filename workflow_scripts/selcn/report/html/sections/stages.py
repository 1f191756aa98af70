"""Sections of the three networks and the further test sets: their tables, figures and searches."""

from typing import Any

from selcn.design.cells import CELLS, mask_of
from selcn.design.datasets import DATASETS, LESION, set_of
from selcn.report.html import comparisons
from selcn.report.html.epochs import epochs
from selcn.report.html.figures import figures
from selcn.report.html.grid import Cell, Grid, columns_of, number_cell, text_cell
from selcn.report.html.notes import downloads, merged
from selcn.report.html.numbered import Numbered, leaders, numbered
from selcn.report.html.results import Results, Search
from selcn.report.tables.data_sets import tables_of
from selcn.report.tables.models import label_of

UNMASKED = [cell for cell in CELLS if mask_of(cell) == "none"]
"""The cells whose subgroups the page shows, as `subgroups.md` does."""


def segmentation(results: Results) -> dict[str, Any]:
    """Return the data of section "segmentation"."""
    return {
        "leaders": leaders(results, "05", "dice"),
        "selected": [(protocol, label_of("segmentation", name)[0]) for protocol, name in results.selected.items()],
        "tables": _tables(results, "05"),
        "figures": figures(results, "figure-03"),
        "searches": searches(results, "segmentation"),
    }


def symmetry(results: Results) -> dict[str, Any]:
    """Return the data of section "symmetry"."""
    return {
        "leaders": leaders(results, "06b", "balanced_accuracy"),
        "localisation": leaders(results, "07", "pointing_game"),
        "tables": _tables(results, "06a", "06b", "07", "backbones", "malignancy"),
        "figures": figures(results, "figure-08", "figure-09"),
        "searches": searches(results, "symmetry"),
    }


def cells(results: Results) -> dict[str, Any]:
    """Return the data of section "cells": the twelve cells and the sham controls."""
    pictures = ["figure-10", "shams", "figure-11", "figure-12", "figure-13"]
    return {
        "leaders": leaders(results, "08b", "accuracy"),
        "macro_f1": leaders(results, "08b", "macro_f1"),
        "localisation": leaders(results, "09", "iou"),
        "tables": _tables(results, "08b", "08a", "09", "11", "12", "measures"),
        "families": comparisons.families(results),
        "comparison_notes": merged(results, "comparisons"),
        "comparison_files": downloads(results, "comparisons"),
        "subgroups": comparisons.subgroups(results, set_of(LESION), UNMASKED),
        "subgroup_files": downloads(results, "subgroups"),
        "figures": figures(results, *pictures),
        "epochs": epochs(results),
        "epoch_files": downloads(results, "epochs"),
        "reliability": figures(results, "reliability-none", "reliability-seg", "reliability-lae"),
        "searches": searches(results, "lesion"),
    }


def tested(results: Results, dataset: str) -> dict[str, Any]:
    """Return the data of the section of an external set that training jobs predict."""
    return {
        "leaders": leaders(results, "10", "accuracy"),
        "outside": leaders(results, "10", "accuracy", f"{dataset}_outside"),
        "tables": _tables(results, "10", "unfamiliar"),
        "subgroups": comparisons.subgroups(results, dataset, UNMASKED),
        "subgroup_files": downloads(results, "subgroups"),
    }


def further(results: Results, dataset: str) -> dict[str, Any]:
    """Return the data of the section of a further lesion set."""
    validation, test, localisation = tables_of(dataset)
    return {
        "name": DATASETS[dataset],
        "leaders": leaders(results, test, "accuracy"),
        "tables": _tables(results, test, validation, localisation),
        "searches": searches(results, dataset),
    }


def _tables(results: Results, *numbers: str) -> list[Numbered]:
    return [numbered(results, number) for number in numbers if f"table-{number}" in results.names]


def searches(results: Results, network: str) -> list[dict[str, Any]]:
    """Return the searches of a network: the best trials of each, and its figure."""
    return [
        {
            "name": name,
            "protocol": protocol,
            "trials": len(search.trials),
            "pruned": int((search.trials["state"] == "pruned").sum()),
            "grid": _trials(name, protocol, search),
            "importances": _importances(search),
            "figures": figures(results, f"search/{name}"),
        }
        for (protocol, name), search in results.searches.items()
        if name.split("/")[0] == network
    ]


def _trials(name: str, protocol: str, search: Search) -> Grid:
    """Return a search's trials as a table, the best marked."""
    trials = search.trials.sort_values("value", ascending=False, na_position="last")
    best = search.trials["value"].max()
    names = [column for column in trials if column not in ("number", "state", "value", "epochs", "worker")]
    rows = []
    for trial in trials.to_dict("records"):
        score = number_cell(trial["value"], 4, best=trial["value"] == best)
        settings = [_setting(trial[name]) for name in names]
        rows.append(
            (number_cell(trial["number"]), text_cell(trial["state"]), score, number_cell(trial["epochs"]), *settings)
        )
    head = ("Trial", "State", "Score", "Epochs", *(column.replace("_", " ") for column in names))
    numeric = [label for label in head if label not in ("State", "weighted loss")]
    return Grid(f"Trials of the search of {name}, {protocol}", columns_of(head, numeric), tuple(rows))


def _setting(value: Any) -> Cell:
    return text_cell(value) if isinstance(value, bool | str) else Cell(f"{value:.3g}", sort=value)


def _importances(search: Search) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), f"{share:.0%}".replace("%", " %")) for name, share in search.importances.items()]
