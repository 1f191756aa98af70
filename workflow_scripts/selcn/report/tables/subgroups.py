"""Performance in subgroups as text and tables."""

from collections.abc import Iterable, Sequence

import pandas as pd

from selcn.design.datasets import DATASETS, LESION, name_of_set, set_of
from selcn.evaluation.subgroups import KINDS, SKIN_TONES, UNKNOWN
from selcn.report.tables.blocks import DEMO, MISSING, NONE, Block, Entry, Grid
from selcn.report.tables.models import label_of

METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "melanoma_auc": "Melanoma AUC",
}
_HOW_TO_READ = (
    "Entries: mean over networks (folds and seeds), with its 95 % confidence interval over resamples of the subgroup's "
    "lesions in brackets. The intervals say nothing about retraining. They are no test of a difference between "
    "subgroups, and with so many subgroups some differ by chance. Class frequencies differ between subgroups, and "
    "accuracy with them. Balanced accuracy: over the classes in the subgroup. – : the melanoma AUC is undefined in a "
    "subgroup without melanomas or with melanomas only; in very small subgroups the interval leaves out resamples "
    "where it is undefined. `subgroups.csv` also has the other models."
)


def subgroup_blocks(table: pd.DataFrame, protocol: str, remarks: Sequence[str], demo: bool) -> list[Block]:
    """Return subgroups as text and tables, a section for each test set and in it one for each cell.

    Parameters
    ----------
    table
        Columns testset, cell, networks and those of `selcn.evaluation.subgroups.measure_subgroups`.
    remarks
        Sentences to print below the tables.
    demo
        Whether the numbers come from synthetic images.
    """
    blocks: list[Block] = ["# Subgroups of patients and images", *([DEMO] if demo else [])]
    blocks += [f"Protocol: {protocol}. {_HOW_TO_READ}"]
    for testset, of_testset in table.groupby("testset", sort=False):
        blocks.append(f"## {_title_of_set(str(testset))}")
        for cell, rows in of_testset.groupby("cell", sort=False):
            blocks += [f"### {title_of(cell)}", f"Networks: {rows['networks'].iloc[0]}.", _grid(rows)]
    if remarks:
        blocks.append("\n".join(f"- {remark}" for remark in remarks))
    return blocks


def _title_of_set(testset: str) -> str:
    if testset == set_of(LESION):
        return f"The test set of {DATASETS[testset]}"
    return f"Test images of {DATASETS[testset]} outside {name_of_set(LESION)}, of the seven classes"


def in_order(groups: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return subgroups (kind and name), each once: by kind, then by age, skin tone or name, the unknown last."""

    def place(group: tuple[str, str]) -> tuple:
        kind, name = group
        number = int(name.partition("-")[0]) if kind == "age" and name != UNKNOWN else 0
        if kind == "skin_tone" and name != UNKNOWN:
            number = SKIN_TONES.index(name)
        return ("all", *KINDS).index(kind), name == UNKNOWN, number, name

    return sorted(set(groups), key=place)


def title_of(cell: str) -> str:
    """Return the title of a cell's subgroups."""
    number, mask, source = label_of("lesion", cell)
    return f"Model {number}, `{cell}`: lesion input {mask}, symmetry input {source}"


def _grid(rows: pd.DataFrame) -> Grid:
    head = ["By", "Subgroup", "Images", "Lesions", *METRICS.values()]
    lines = []
    for (kind, name), of_group in rows.groupby(["kind", "subgroup"], sort=False):
        # Networks without a class of melanoma have no AUC of it.
        values = of_group.set_index("metric").reindex(list(METRICS))
        sizes = [int(values[size].iloc[0]) for size in ("images", "lesions")]
        counts = [Entry(f"{size:,}", value=size) for size in sizes]
        lines.append([kind, name, *counts, *(_entry(values.loc[key]) for key in METRICS)])
    return Grid(head, lines)


def _entry(row: pd.Series) -> Entry:
    if pd.isna(row["value"]):
        return MISSING
    between = NONE if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    return Entry(f"{row['value']:.3f}", aside=between, value=row["value"])
