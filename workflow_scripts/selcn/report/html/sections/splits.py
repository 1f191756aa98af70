"""Section "splits": test sets and folds by class, near-duplicates, and the leakage audit."""

from typing import Any

import pandas as pd

from selcn.data.duplicates.decisions import CONFIRMED, COPY, FEATURES, LISTED
from selcn.data.splits.folds import NO_FOLD
from selcn.design.class_names import class_name
from selcn.design.datasets import DATASETS
from selcn.report.html import leakage
from selcn.report.html.detection import detection_grid
from selcn.report.html.figures import figures
from selcn.report.html.grid import Column, Grid, columns_of, number_cell, text_cell
from selcn.report.html.notes import downloads, merged
from selcn.report.html.results import Results
from selcn.report.run.data_card import ROLES
from selcn.report.tables.duplicate_detection import recall_sentence


def splits(results: Results) -> dict[str, Any]:
    """Return the data of the section."""
    return {
        "datasets": [
            (
                DATASETS[dataset],
                results.charts.get(f"splits/{dataset}", ()),
                [_grid(protocol, dataset, results.splits[protocol, dataset]) for protocol in results.protocols],
            )
            for dataset in dict.fromkeys(dataset for _, dataset in results.splits)
        ],
        "duplicates": _duplicates(results.pairs, results.hidden),
        "pairs": len(results.pairs),
        "known_by": _known_by(results.pairs),
        "detection": detection_grid(results.detection),
        "recall": recall_sentence(results.detection),
        "judged": _linked(results),
        "hidden": len(results.hidden),
        "verdicts": leakage.verdicts(results),
        "audit": leakage.grids(results),
        "notes": merged(results, "audit"),
        "downloads": downloads(results, "audit"),
        # Without pairs, the figure of near-duplicates is empty.
        "figures": figures(results, "figure-06", *(["near-duplicates"] if len(results.pairs) else [])),
    }


def _known_by(pairs: pd.DataFrame) -> list[str]:
    """Return how many pairs are known by what, in words."""
    words = {
        COPY: "by their hash as copies",
        FEATURES: "by local features, taken anew",
        LISTED: "from a published list",
        CONFIRMED: "by a person's verdict",
    }
    counts = pairs["reason"].value_counts()
    return [f"{counts[reason]:,} {text}" for reason, text in words.items() if reason in counts]


def _linked(results: Results) -> list[tuple[str, str]]:
    """Return what a person judges pairs by, and its address, as far as the page has it."""
    files = {
        "contact sheet": "lesions/contact-sheet.pdf",
        "list of pairs": "lesions/pairs-to-judge.csv",
        "measured search": "lesions/detection.csv",
    }
    return [(name, results.links[path]) for name, path in files.items() if path in results.links]


def _grid(protocol: str, dataset: str, table: pd.DataFrame) -> Grid:
    """Return the images of each class by role, and the validation rows of each fold."""
    images = table.drop_duplicates("image_id")
    roles = [role for role in ROLES if (images["role"] == role).any()]
    folds = sorted(set(table["fold"]) - {NO_FOLD})
    validating = table[table["validation"]]
    columns = [Column("Class"), *(Column(ROLES[role], "Images", numeric=True) for role in roles)]
    columns += [Column(f"Fold {fold}", "Validation rows", numeric=True) for fold in folds]
    rows = []
    for label in [*sorted(set(table["label"])), None]:
        of_class = (images, validating) if label is None else (_of(images, label), _of(validating, label))
        counts = [int((of_class[0]["role"] == role).sum()) for role in roles]
        counts += [int((of_class[1]["fold"] == fold).sum()) for fold in folds]
        name = "All" if label is None else class_name(label)
        rows.append((text_cell(name), *map(number_cell, counts)))
    return Grid(f"{DATASETS[dataset]}, {protocol}: images by role, and folds", tuple(columns), tuple(rows))


def _of(table: pd.DataFrame, label: str) -> pd.DataFrame:
    return table[table["label"] == label]


def _duplicates(pairs: pd.DataFrame, hidden: pd.DataFrame) -> Grid | None:
    """Return the near-duplicates of every two data sets, and how many of them no id reveals; None without any."""
    if pairs.empty:
        return None
    counts, of_hidden = (table.groupby(["dataset_a", "dataset_b"]).size() for table in (pairs, hidden))
    rows = [
        (*map(text_cell, map(DATASETS.__getitem__, key)), number_cell(count), number_cell(of_hidden.get(key, 0)))
        for key, count in counts.items()
    ]
    numeric = ("Pairs", "Not revealed by an id")
    return Grid("Near-duplicates", columns_of(("Data set", "and", *numeric), numeric), tuple(rows))
