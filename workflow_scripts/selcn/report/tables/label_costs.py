"""What doubtful labels may cost the metrics, as text and a table."""

import pandas as pd

from selcn.design.datasets import LESION, name_of_set
from selcn.evaluation.label_audit.costs import METRICS
from selcn.report.tables.blocks import DEMO, Block, Entry, Grid
from selcn.report.tables.models import HEADS, label_of
from selcn.report.tables.render import difference_text

NAMES = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "macro_f1": "macro F1"}
"""The metrics in prose."""

CHANGES = {"favoured": "favoured", "left_out": "left out"}
"""The changed labels of the worst images, as columns name them."""

_HOW_TO_READ = (
    "Entries: mean over networks (folds and seeds) with the published labels; then the difference if the labels of the "
    "worst images are replaced by the class that the evidence favours (favoured), or these images are left out."
)
_CAUTION = (
    "- The evidence is in part these networks' own predictions, so replacing labels by what they favour raises their "
    "metrics whether or not the labels are wrong. The differences are a bound, not an estimate."
)


def cost_blocks(costs: pd.DataFrame, worst: pd.DataFrame, protocol: str, demo: bool) -> list[Block]:
    """Return the metrics with other labels as text and a table.

    Parameters
    ----------
    costs
        Columns of `selcn.evaluation.label_audit.costs.costs`, cell, images (of the test set) and worst (number of the
        worst labels).
    worst
        The worst labels of the test set; columns of the ranking.
    demo
        Whether the numbers come from synthetic images.
    """
    blocks: list[Block] = ["# Metrics if the most doubtful labels were wrong", *([DEMO] if demo else [])]
    head = f"Data set: {name_of_set(LESION)}, test set. Protocol: {protocol}."
    if costs.empty:
        return [*blocks, head, "No values: every cell failed."]
    kinds = worst["favoured"].where(worst["favoured"] != "", "none")
    changed = (worst["label"] + " to " + kinds).value_counts()
    listed = ", ".join(f"{count} {kind}" for kind, count in changed.items())
    return [
        *blocks,
        f"{head} The most doubtful labels: {listed}.",
        sentence(costs),
        _HOW_TO_READ,
        _grid(costs),
        _CAUTION,
    ]


def sentence(costs: pd.DataFrame) -> str:
    """Return by how much metrics change over the cells, and whether the best cell by macro F1 does.

    Parameters
    ----------
    costs
        As in `cost_blocks`; at least one row.
    """
    changes = "; ".join(
        f"{NAMES[metric]} by {_range(costs, metric, 'favoured')} (left out {_range(costs, metric, 'left_out')})"
        for metric in METRICS
    )
    f1 = costs[costs["metric"] == "macro_f1"]
    best = {labels: rows.loc[rows["value"].idxmax(), "cell"] for labels, rows in f1.groupby("labels")}
    worst, images = int(costs["worst"].iloc[0]), int(costs["images"].iloc[0])
    number = f"{worst:,} " if worst > 1 else ""
    same = len(set(best.values())) == 1
    return (
        f"If the {number}most doubtful of {images:,} test labels were wrong and the favoured class right, metrics "
        f"would change: {changes}. "
        f"The cell with the highest macro F1 would {'stay the same' if same else 'change'}."
    )


def _range(costs: pd.DataFrame, metric: str, labels: str) -> str:
    rows = costs[(costs["metric"] == metric) & (costs["labels"] == labels)]["difference"]
    low, high = difference_text(rows.min(), 3), difference_text(rows.max(), 3)
    return low if low == high else f"{low} to {high}"


def _grid(costs: pd.DataFrame) -> Grid:
    heads = [name for metric in METRICS for name in (NAMES[metric][0].upper() + NAMES[metric][1:], *CHANGES.values())]
    rows: list[list[str | Entry]] = []
    for cell, of_cell in costs.groupby("cell", sort=False):
        values = of_cell.set_index(["metric", "labels"])
        entries = [entry for metric in METRICS for entry in _entries(values.loc[metric])]
        rows.append([*label_of("lesion", cell), *entries])
    return Grid([*HEADS["lesion"], *heads], rows)


def _entries(values: pd.DataFrame) -> list[Entry]:
    published = Entry(f"{values.loc['published', 'value']:.3f}", value=values.loc["published", "value"])
    differences = values.loc[list(CHANGES), "difference"]
    return [published, *(Entry(difference_text(value, 3), value=value) for value in differences)]
