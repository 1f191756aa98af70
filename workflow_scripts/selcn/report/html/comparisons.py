"""Comparisons of cells and performance in subgroups, both protocols side by side."""

from collections.abc import Iterator, Sequence

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.answers.empty_maps import EMPTY
from selcn.report.answers.names import name_of, upper_first
from selcn.report.answers.words import KINDS, metric_name, p_text, signed
from selcn.report.html.grid import Cell, Column, Grid, text_cell
from selcn.report.html.numbered import Part
from selcn.report.html.results import Chart, Results
from selcn.report.tables.comparisons import LOCALISATION, PREDICTIONS
from selcn.report.tables.models import order_of
from selcn.report.tables.render import NONE
from selcn.report.tables.subgroups import in_order

MEASURED = {PREDICTIONS: "Predictions", LOCALISATION: "Localisation of CAMs"}
_PAIR = ["cell", "reference", "metric"]
_SUBGROUP = ["kind", "subgroup"]
_SUBGROUP_METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "melanoma_auc": "Melanoma AUC",
}


def families(results: Results, name: str = "comparisons") -> list[Part]:
    """Return the comparisons of a table of this form, a table for each kind of measurement and question."""
    tables = results.of_protocols(name)
    parts = []
    for measured, heading in MEASURED.items():
        for question, (compared, reference) in KINDS.items():
            rows = _rows(tables, measured=measured, question=question)
            if any(len(of_protocol) for of_protocol in rows.values()):
                charts = results.charts.get(f"{name}/{measured}/{question}", ())
                parts.append(_family(f"{heading}: {compared} vs. {reference}", name, rows, charts))
    return parts


def _rows(tables: dict[str, pd.DataFrame], **values: str) -> dict[str, pd.DataFrame]:
    """Return the rows of each protocol with these values."""
    for name, value in values.items():
        tables = {protocol: rows[rows[name] == value] for protocol, rows in tables.items()}
    return tables


def _family(title: str, name: str, tables: dict[str, pd.DataFrame], charts: Sequence[Chart]) -> Part:
    pairs = list(dict.fromkeys(pair for rows in tables.values() for pair in rows[_PAIR].itertuples(index=False)))
    found = {
        protocol: {tuple(getattr(row, name) for name in _PAIR): row for row in rows.itertuples()}
        for protocol, rows in tables.items()
    }
    columns = [Column("Cell"), Column("Compared with"), Column("Metric")]
    for protocol in tables:
        names = {"Score": True, "Reference": True, "Difference, CI": True, "Adjusted p": True, "Outcome": False}
        columns += [Column(name, protocol, protocol, numeric) for name, numeric in names.items()]
    lines = tuple(
        (
            text_cell(pair[0]),
            text_cell(pair[1]),
            text_cell(metric_name(pair[2])),
            *(cell for protocol in tables for cell in _compared(found[protocol].get(tuple(pair)), name, protocol)),
        )
        for pair in pairs
    )
    return Part(title, _significant(tables), Grid(f"{title}. {_sizes(tables)}", tuple(columns), lines), charts)


def _compared(row, table: str, protocol: str) -> Iterator[Cell]:
    """Yield the cells of one comparison: both scores, their difference, the adjusted p and the outcome."""
    if row is None:
        yield from [Cell(NONE, sort="")] * 5
        return
    data = {
        "table": table,
        "part": f"{row.measured}-{row.question}",
        "protocol": protocol,
        "cell": row.cell,
        "reference": row.reference,
        "class": "",
    }
    for value in (row.cell_score, row.reference_score):
        yield Cell(NONE if pd.isna(value) else f"{value:.3f}", sort="" if pd.isna(value) else value)
    defined = not pd.isna(row.low) and not pd.isna(row.high)
    interval = (f"{signed(row.low)} to {signed(row.high)}",) if defined else ()
    if pd.isna(row.difference):
        yield Cell(NONE, sort="")
    else:
        yield Cell(signed(row.difference), interval, row.difference, data={**data, "metric": row.metric})
    yield Cell(p_text(row.p_adjusted), sort=row.p_adjusted)
    yield Cell(
        row.outcome if row.outcome != NOT_SIGNIFICANT else "not significant", best=row.outcome != NOT_SIGNIFICANT
    )


def _significant(tables: dict[str, pd.DataFrame]) -> str:
    """Return how many comparisons of each protocol are significant, of those that the answers count."""
    scores = {protocol: rows[rows["metric"] != EMPTY] for protocol, rows in tables.items() if len(rows)}
    aside = ", share of empty CAMs aside" if any(len(rows) < len(tables[name]) for name, rows in scores.items()) else ""
    counts = {protocol: (rows["outcome"] != NOT_SIGNIFICANT).sum() for protocol, rows in scores.items()}
    numbers = ", ".join(f"{count} of {len(scores[name])} in {name}" for name, count in counts.items())
    return f"significant{aside}: {numbers}"


def _sizes(tables: dict[str, pd.DataFrame]) -> str:
    """Return on how many images and lesions each protocol compares."""
    sizes = [
        f"{protocol} on {rows['images'].max():,} images of {rows['lesions'].max():,} lesions"
        for protocol, rows in tables.items()
        if len(rows)
    ]
    return "; ".join(sizes)


def subgroups(results: Results, testset: str, cells: list[str]) -> list[Part]:
    """Return the performance of some cells in subgroups of a test set, a table for each cell."""
    tables = _rows(results.of_protocols("subgroups"), testset=testset)
    there = {cell for rows in tables.values() for cell in rows["cell"]}
    return [
        _subgroups_of(cell, testset, _rows(tables, cell=cell), results.charts.get(f"subgroups/{testset}/{cell}", ()))
        for cell in sorted(there & set(cells), key=lambda cell: order_of("lesion", cell))
    ]


def _subgroups_of(cell: str, testset: str, tables: dict[str, pd.DataFrame], charts: Sequence[Chart]) -> Part:
    every = pd.concat(tables.values())
    groups = in_order(every[_SUBGROUP].itertuples(index=False, name=None))
    columns = [Column("By"), Column("Subgroup")]
    columns += [Column(protocol, "Images", protocol, numeric=True) for protocol in tables]
    columns += [Column(protocol, label, protocol, True) for label in _SUBGROUP_METRICS.values() for protocol in tables]
    found = {
        (protocol, row.kind, row.subgroup, row.metric): row
        for protocol, rows in tables.items()
        for row in rows.itertuples()
    }
    lines = []
    for group in groups:
        line = [text_cell(name) for name in group]
        for protocol in tables:
            row = next((row for key, row in found.items() if key[:3] == (protocol, *group)), None)
            line.append(Cell(f"{row.images:,}", sort=row.images) if row else Cell(NONE, sort=""))
        line += [
            _of_subgroup(found.get((protocol, *group, metric)), protocol, testset)
            for metric in _SUBGROUP_METRICS
            for protocol in tables
        ]
        lines.append(tuple(line))
    grid = Grid(f"Subgroups of {DATASETS[testset]}: {cell}", tuple(columns), tuple(lines), named_by=1)
    return Part(f"{upper_first(name_of('lesion', cell))}: {cell}", "", grid, charts)


def _of_subgroup(row, protocol: str, testset: str) -> Cell:
    if row is None or pd.isna(row.value):
        return Cell(NONE, sort="")
    data = {
        "table": "subgroups",
        "part": testset,
        "protocol": protocol,
        "cell": row.cell,
        "class": f"{row.kind}: {row.subgroup}",
        "metric": row.metric,
    }
    interval = () if pd.isna(row.low) else (f"{row.low:.3f} to {row.high:.3f}",)
    return Cell(f"{row.value:.3f}", interval, row.value, data=data)
