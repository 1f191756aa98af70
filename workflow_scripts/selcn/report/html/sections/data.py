"""Section "data": images found and rejected, the classes of each data set, hair removal, and doubtful labels."""

from math import isnan
from typing import Any

from selcn.design.class_names import class_name
from selcn.design.datasets import DATASETS
from selcn.report.answers.words import percent
from selcn.report.html.figures import figures
from selcn.report.html.grid import Cell, Column, Grid, columns_of, number_cell, text_cell
from selcn.report.html.labels import labels
from selcn.report.html.notes import downloads, merged
from selcn.report.html.results import Results
from selcn.report.tables.hair import SHARES

LISTED = 200
"""At most this many rejected images of a data set are listed."""
IN_LESIONS = ("inside", "outside")
"""Columns of the table of hair removal that depend on predicted lesions."""


def data(results: Results) -> dict[str, Any]:
    """Return the data of the section."""
    indexed = {dataset: summary["indexed"] for dataset, summary in results.summaries.items()}
    rejected = {dataset: len(rows) for dataset, rows in results.rejected.items()}
    return {
        "datasets": len(indexed),
        "indexed": sum(indexed.values()),
        "rejected": sum(rejected.values()),
        "counts": _counts(results),
        "classes": _classes(results),
        "reasons": _reasons(results),
        "lists": [
            {"name": DATASETS[dataset], "total": len(rows), "grid": _rejected(dataset, rows.head(LISTED))}
            for dataset, rows in results.rejected.items()
            if len(rows)
        ],
        "listed": LISTED,
        "hair": _hair(results),
        "notes": merged(results, "hair"),
        "downloads": downloads(results, "hair"),
        "figures": figures(results, "figure-05"),
        "labels": labels(results),
    }


def _hair(results: Results) -> Grid:
    """Return how much hair removal replaced: of all of the images once, in and outside the lesion by protocol."""
    tables = {protocol: table.set_index("dataset") for protocol, table in results.of_protocols("hair").items()}
    first = next(iter(tables.values()))
    common = [name for name in SHARES if name not in IN_LESIONS]
    columns = [Column("Data set"), Column("Images", numeric=True)]
    columns += [Column(SHARES[name], numeric=True) for name in common]
    columns += [Column(SHARES[name], protocol, protocol, True) for protocol in tables for name in IN_LESIONS]
    rows = []
    for dataset, row in first.iterrows():
        shares = [row[name] for name in common]
        shares += [table.loc[dataset, name] for table in tables.values() for name in IN_LESIONS]
        rows.append((text_cell(DATASETS[dataset]), number_cell(row["images"]), *map(_share, shares)))
    return Grid("Pixels that hair removal replaced", tuple(columns), tuple(rows))


def _share(share: float) -> Cell:
    return number_cell(share) if isnan(share) else Cell(f"{100 * share:.2f} %", sort=share)


def _counts(results: Results) -> Grid:
    numeric = ("Images found", "Used", "Rejected", "Share rejected", "Lesion masks")
    rows = []
    for dataset, summary in results.summaries.items():
        used, rejected = summary["indexed"], summary["rejected"]
        share = rejected / max(1, used + rejected)
        numbers = map(number_cell, (used + rejected, used, rejected))
        cells = [text_cell(DATASETS[dataset]), *numbers, Cell(percent(share), sort=share)]
        rows.append((*cells, number_cell(summary["masks"])))
    return Grid("Images of each data set", columns_of(("Data set", *numeric), numeric), tuple(rows))


def _classes(results: Results) -> Grid:
    labels = sorted({label for summary in results.summaries.values() for label in summary["per_class"]})
    columns = [Column("Class"), *(Column(DATASETS[dataset], numeric=True) for dataset in results.summaries)]
    rows = [
        (
            text_cell(class_name(label)),
            *(number_cell(summary["per_class"].get(label)) for summary in results.summaries.values()),
        )
        for label in labels
    ]
    return Grid("Images used, by class", tuple(columns), tuple(rows))


def _reasons(results: Results) -> Grid | None:
    """Return how often each reason rejected an image; None where no image was rejected."""
    rows = [
        (text_cell(DATASETS[dataset]), text_cell(reason), number_cell(count))
        for dataset, rejected in results.rejected.items()
        for reason, count in rejected["reason"].value_counts().head(20).items()
    ]
    head = columns_of(("Data set", "Reason", "Images"), ("Images",))
    return Grid("Reasons for rejection", head, tuple(rows), named_by=1) if rows else None


def _rejected(dataset: str, rejected) -> Grid:
    rows = [(text_cell(row.image_id), text_cell(row.reason)) for row in rejected.itertuples()]
    return Grid(f"Rejected images of {DATASETS[dataset]}", columns_of(("Image", "Reason")), tuple(rows))
