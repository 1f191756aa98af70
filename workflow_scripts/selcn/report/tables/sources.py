"""The table of networks that saw no image of a source, beside those that did."""

from collections.abc import Sequence

import pandas as pd

from selcn.report.tables.blocks import DEMO, MISSING, NONE, Block, Entry, Grid
from selcn.report.tables.models import label_of

_METRICS = {"balanced_accuracy": "Balanced accuracy", "accuracy": "Accuracy", "kappa": "Kappa"}
_HOW_TO_READ = (
    "Each source of the data set is left out in turn. Seen: the cell's ordinary networks, on the source's images that "
    "they held out (of the development set by the fold that holds an image out, of the test set by all folds). Unseen: "
    "networks of the same folds and settings whose training and validation had no image of the source, on the same "
    "images. Images whose lesion or patient remains in the development set are left out of both. Gap: seen minus "
    "unseen, with its 95 % confidence interval over resamples of lesions, or of patients where known, in brackets; it "
    "says nothing about retraining. Balanced accuracy: over the classes that the source has."
)
_LIMITS = (
    "Networks without a source also have fewer images, and classes are not balanced anew; part of a gap may be due to "
    "that.",
    "Masks and CAMs are those of every other table: their segmentation and symmetry networks held the lesion out, but "
    "saw other images of its source.",
    "One seed, the cell's first.",
)


def source_blocks(table: pd.DataFrame, name: str, notes: Sequence[str], demo: bool) -> list[Block]:
    """Return the table as text and grids, a section for each cell.

    Parameters
    ----------
    table
        Columns cell and `selcn.evaluation.sources.COLUMNS`.
    name
        The data set's name in prose.
    notes
        Notes under the table.
    demo
        Whether the numbers come from synthetic images.
    """
    blocks: list[Block] = [f"# Sources of {name} left out of training", *([DEMO] if demo else [])]
    blocks.append(f"Protocol: leakfree. {_HOW_TO_READ}")
    for cell, rows in table.groupby("cell", sort=False):
        number, mask, source = label_of("lesion", str(cell))
        blocks += [f"## Model {number}, `{cell}`: lesion input {mask}, symmetry input {source}", _grid(rows)]
    return [*blocks, "\n".join(f"- {note}" for note in (*_LIMITS, *notes))]


def _grid(rows: pd.DataFrame) -> Grid:
    lines: list[list[str | Entry]] = []
    for source, of_source in rows.groupby("source", sort=False):
        by_metric = of_source.set_index("metric")
        counts = [Entry(f"{size:,}", value=size) for size in by_metric[["images", "lesions"]].iloc[0].map(int)]
        lines += [[str(source), *counts, _METRICS[key], *_entries(by_metric.loc[key])] for key in _METRICS]
    return Grid(["Source", "Images", "Lesions", "Metric", "Seen", "Unseen", "Gap"], lines)


def _entries(row: pd.Series) -> list[Entry]:
    if pd.isna(row["difference"]):
        return [MISSING] * 3
    between = NONE if pd.isna(row["low"]) else f"{row['low']:+.3f} to {row['high']:+.3f}"
    plain = [Entry(f"{row[name]:.3f}", value=row[name]) for name in ("seen", "unseen")]
    return [*plain, Entry(f"{row['difference']:+.3f}", aside=between, value=row["difference"])]
