"""How predictions fare in subgroups, as a table that people read."""

from collections.abc import Sequence

import pandas as pd

from selcn.report.tables.models import label_of
from selcn.report.tables.render import DEMO, NONE, markdown_grid

_TESTSETS = {
    "ham10000": "The test set of HAM10000",
    "isic2019": "Test images of ISIC2019 that are not in HAM10000, of the seven classes",
}
_METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "melanoma_auc": "AUC of melanoma",
}
_HOW_TO_READ = (
    "Each figure: the mean over networks (folds and seeds), and in brackets how far it may owe to which lesions are in "
    "the subgroup: 95 % of draws of as many lesions, each with all of its images. The intervals say nothing of another "
    "training. They do not tell whether two subgroups differ, and with so many of them some look apart by chance. "
    "Classes differ in how often they occur in a subgroup, and accuracy with them. Balanced accuracy: over the classes "
    "that the subgroup has. – : without melanomas, or with nothing else, there is no AUC of melanoma; in the interval "
    "of a very small subgroup draws without one are left out. `subgroups.csv` has the other models too."
)


def subgroups_text(table: pd.DataFrame, protocol: str, remarks: Sequence[str], demo: bool) -> str:
    """Return subgroups as Markdown, a section a test set and a part a cell.

    Parameters
    ----------
    table
        Columns testset, cell, networks and those of `selcn.evaluation.subgroups.measure_subgroups`.
    remarks
        Sentences to print under it.
    demo
        Whether the numbers are of drawn pictures.
    """
    blocks = ["# Subgroups of patients and images", *([DEMO] if demo else [])]
    blocks += [f"Protocol: {protocol}. {_HOW_TO_READ}"]
    for testset, of_testset in table.groupby("testset", sort=False):
        blocks.append(f"## {_TESTSETS[testset]}")
        for cell, rows in of_testset.groupby("cell", sort=False):
            blocks += [f"### {_title(cell)}", f"Networks: {rows['networks'].iloc[0]}.", _grid(rows)]
    if remarks:
        blocks.append("\n".join(f"- {remark}" for remark in remarks))
    return "\n\n".join(blocks) + "\n"


def _title(cell: str) -> str:
    number, mask, source = label_of("lesion", cell)
    return f"Model {number}, `{cell}`: lesion input {mask}, symmetry input {source}"


def _grid(rows: pd.DataFrame) -> str:
    head = ["By", "Subgroup", "Images", "Lesions", *_METRICS.values()]
    lines = []
    for (kind, name), of_group in rows.groupby(["kind", "subgroup"], sort=False):
        values = of_group.set_index("metric")
        sizes = [f"{values[size].iloc[0]:,}" for size in ("images", "lesions")]
        lines.append([kind, name, *sizes, *(_value(values.loc[key]) for key in _METRICS)])
    return markdown_grid(head, lines)


def _value(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return NONE
    between = NONE if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    return f"{row['value']:.3f} ({between})"
