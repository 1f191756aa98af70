"""Tables of decision thresholds that are chosen on validation sets and carried over to an external set."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.evaluation.carried_thresholds import COLUMNS
from selcn.report.tables.blocks import MISSING, NONE, Block, Entry, Grid
from selcn.report.tables.external import listed, opening
from selcn.report.tables.models import HEADS, label_of, order_of

DECISIONS = {
    "malignant": "Malignant (melanoma, basal cell carcinoma, actinic keratoses) against benign",
    "melanoma": "Melanoma against the rest",
}
"""Titles of decisions other than a class against the rest."""

METRICS = ("sensitivity", "specificity")

HOW_TO_READ = (
    "Score of a decision: the sum of the probabilities of its classes. Threshold: for each network, the highest that "
    "reaches the given sensitivity on its own validation set. It is applied unchanged to the images of the external "
    "set whose lesions no network was trained on. Entries: mean over networks (folds and seeds); in brackets the 95 % "
    "confidence interval over resampled lesions, which says nothing about retraining or other validation images."
)


def threshold_values(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return the values of the table of thresholds.

    Parameters
    ----------
    metrics
        What `selcn.evaluation.external.metrics_of_unseen` returns, by cell.

    Returns
    -------
    DataFrame
        One row per cell, decision, sensitivity and metric: cell, and `selcn.evaluation.carried_thresholds.COLUMNS`.
    """
    cells = sorted(metrics, key=lambda cell: order_of("lesion", cell))
    rows = [{"cell": cell, **row} for cell in cells for row in metrics[cell].get("thresholds", ())]
    return pd.DataFrame(rows, columns=["cell", *COLUMNS])


def threshold_blocks(values: pd.DataFrame, name: str, protocol: str, notes: Sequence[str], demo: bool) -> list[Block]:
    """Return the table of thresholds, a section for each decision; parameters are those of `external_blocks`."""
    blocks = opening(f"Decision thresholds carried over to {name}", name, protocol, demo)
    if values.empty:
        return [*blocks, "No values: every cell failed, or every lesion was trained on.", *listed(notes)]
    blocks.append(HOW_TO_READ)
    for (decision, at), rows in values.groupby(["decision", "at"], sort=False):
        blocks += [f"## {title_of(decision, at)}", f"{counts_of(rows)}.", _grid(rows)]
    return [*blocks, *listed(notes)]


def title_of(decision: str, at: float) -> str:
    """Return the title of a decision at a sensitivity on validation sets."""
    named = DECISIONS.get(decision, f"{decision} against the rest")
    return f"{named}: sensitivity of at least {100 * at:g} % on validation"


def counts_of(rows: pd.DataFrame) -> str:
    """Return the numbers of positive and of other images and lesions, in words."""
    of_metric = rows.drop_duplicates("metric").set_index("metric")
    positive, negative = (of_metric.loc[metric, ["images", "lesions"]] for metric in METRICS)
    return (
        f"{positive['images']:,} positive images of {positive['lesions']:,} lesions, {negative['images']:,} others of "
        f"{negative['lesions']:,} lesions"
    )


def _grid(rows: pd.DataFrame) -> Grid:
    head = [f"{metric}, {where}" for metric in ("Sensitivity", "Specificity") for where in ("validation", "external")]
    lines: list[list[str | Entry]] = []
    for cell, of_cell in rows.groupby("cell", sort=False):
        of_metric = of_cell.set_index("metric")
        threshold = of_cell["threshold"].iloc[0]
        lines.append([*label_of("lesion", str(cell)), _entry(threshold)])
        for metric in METRICS:
            row = of_metric.loc[metric]
            between = NONE if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
            lines[-1] += [_entry(row["validation"]), _entry(row["value"], between)]
    return Grid([*HEADS["lesion"], "Threshold", *head], lines)


def _entry(value: float, aside: str = "") -> Entry:
    return MISSING if pd.isna(value) else Entry(f"{value:.3f}", aside=aside, value=float(value))
