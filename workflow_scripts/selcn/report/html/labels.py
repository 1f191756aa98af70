"""Doubtful labels on the page: counts by evidence, the first of the ranking, and what they may cost the metrics."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from selcn.design.class_names import CLASS_NAMES
from selcn.design.datasets import DATASETS
from selcn.evaluation.label_audit.costs import METRICS
from selcn.evaluation.label_audit.ranking import EVIDENCE, doubtful
from selcn.report.html.figures import figures
from selcn.report.html.grid import Cell, Column, Grid, number_cell, text_cell
from selcn.report.html.notes import downloads, merged
from selcn.report.html.results import Results
from selcn.report.tables.label_audit import evidence_counts
from selcn.report.tables.label_costs import CHANGES, NAMES, sentence
from selcn.report.tables.models import label_of
from selcn.report.tables.render import NONE, difference_text

LISTED = 20
"""Labels of each data set and protocol that are listed."""


def labels(results: Results) -> dict[str, Any]:
    """Return the data of the part on doubtful labels; empty without a ranking."""
    if "label-audit" not in results.names:
        return {}
    rankings = results.of_protocols("label-audit")
    return {
        "evidence": _evidence(rankings),
        "lists": [
            (
                f"{DATASETS[dataset]}, {protocol}",
                len(rows),
                _ranking(protocol, dataset, rows.head(LISTED), results.sheets(dataset)),
            )
            for protocol, ranking in rankings.items()
            for dataset, rows in doubtful(ranking).groupby("dataset", sort=False)
        ],
        "differing": _differing(next(iter(rankings.values()))),
        "costs": [
            _costs(protocol, costs) for protocol, costs in results.of_protocols("label-costs").items() if len(costs)
        ],
        "notes": merged(results, "label-audit"),
        "cost_notes": merged(results, "label-costs"),
        "downloads": downloads(results, "label-audit"),
        "cost_downloads": downloads(results, "label-costs"),
        "figures": figures(results, "doubtful-labels"),
    }


def _evidence(rankings: dict[str, pd.DataFrame]) -> Grid:
    """Return how many labels of each data set each kind of evidence speaks against."""
    columns = [Column("Data set"), Column("Protocol"), Column("Listed", numeric=True)]
    columns += [Column(kind.capitalize(), "Evidence against the label", numeric=True) for kind in EVIDENCE]
    rows = [
        (
            text_cell(DATASETS[dataset]),
            text_cell(protocol),
            number_cell(len(doubtful(rows))),
            *map(number_cell, evidence_counts(rows).values()),
        )
        for protocol, ranking in rankings.items()
        for dataset, rows in ranking.groupby("dataset", sort=False)
    ]
    return Grid("Images with evidence against their label", tuple(columns), tuple(rows))


def _differing(ranking: pd.DataFrame) -> list[str]:
    """Return how many images of each label have which label in another data set, in words."""
    found = ranking[ranking["shared_label"] != ""].groupby(["dataset", "label", "shared_label"], sort=False).size()
    return [
        f"{count:,} {label} of {DATASETS[dataset]} that are {other} elsewhere"
        for (dataset, label, other), count in found.items()
    ]


def _ranking(protocol: str, dataset: str, ranking: pd.DataFrame, sheets: Collection[str]) -> Grid:
    numeric = ("Rank", "Doubt", "Networks against", "Neighbours against")
    head = ("Rank", "Image", "Label", "Favoured", "Evidence", *numeric[1:])
    rows = [
        (
            number_cell(row.rank),
            Cell(row.image_id, href=f"#image={dataset}/{row.image_id}" if row.image_id in sheets else ""),
            _class(row.label),
            _class(row.favoured),
            text_cell(row.evidence.replace("; ", ", ") or NONE),
            number_cell(row.doubt) if pd.isna(row.doubt) else Cell(f"{row.doubt:+.2f}", sort=row.doubt),
            _share(row.against),
            _share(row.neighbours_share),
        )
        for row in ranking.itertuples()
    ]
    columns = tuple(Column(label, numeric=label in numeric) for label in head)
    return Grid(f"Doubtful labels of {DATASETS[dataset]}, {protocol}", columns, tuple(rows), named_by=1)


def _class(label: str) -> Cell:
    name = CLASS_NAMES.get(label)
    return Cell(label or NONE, lines=(name,) if name else ())


def _share(value: float) -> Cell:
    return number_cell(value) if pd.isna(value) else Cell(f"{100 * value:.0f} %", sort=value)


def _costs(protocol: str, costs: pd.DataFrame) -> tuple[str, str, Grid]:
    """Return the protocol, what the worst labels may cost in a sentence, and each cell's metrics with other labels."""
    columns = [Column("#"), Column("Lesion input"), Column("Symmetry input")]
    for metric in METRICS:
        name = NAMES[metric][0].upper() + NAMES[metric][1:]
        columns += [Column(label, name, numeric=True) for label in ("published", *CHANGES.values())]
    rows = []
    for cell, of_cell in costs.groupby("cell", sort=False):
        values = of_cell.set_index(["metric", "labels"])
        entries = []
        for metric in METRICS:
            entries.append(number_cell(values.loc[(metric, "published"), "value"], 3))
            changes = [values.loc[(metric, labels), "difference"] for labels in CHANGES]
            entries += [Cell(difference_text(value, 3), sort=value) for value in changes]
        rows.append((*map(text_cell, label_of("lesion", cell)), *entries))
    grid = Grid(f"Metrics if the most doubtful labels were wrong, {protocol}", tuple(columns), tuple(rows))
    return protocol, sentence(costs), grid
