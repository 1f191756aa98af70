"""Tables of performance in subgroups of an external set, and of the gaps between them."""

from collections.abc import Container, Mapping, Sequence

import pandas as pd

from selcn.evaluation.subgroups import COLUMNS, GAP_COLUMNS
from selcn.report.tables.blocks import MISSING, NONE, Block, Entry, Grid
from selcn.report.tables.external import listed, opening
from selcn.report.tables.models import order_of
from selcn.report.tables.subgroups import METRICS, in_order, title_of

KINDS = {"skin_type": "skin type (Fitzpatrick)", "skin_tone": "skin tone (estimated)"}
"""Names of kinds of subgroups that are no single word."""

ESTIMATED = (
    "Skin tone (estimated): the category of the individual typology angle (ITA), the median over the skin around the "
    "predicted lesion; very light above 55°, light above 41°, intermediate above 28°, tan above 10°, brown above −30°, "
    "dark below. An estimate and no measurement: light and white balance of dermoscopy are not calibrated, so it also "
    "depends on the device and the exposure; a tinge of blue makes skin very light. Unknown: no lesion was found, or "
    "there is hardly any skin."
)

HOW_TO_READ = (
    "Images whose lesions no network was trained on. Entries: mean over networks (folds and seeds), with its 95 % "
    "confidence interval over resamples of the subgroup's lesions in brackets. Gap: the subgroup minus the other "
    "images of known subgroup, with its interval over resamples of all lesions. The intervals say nothing about "
    "retraining and are not corrected for the number of subgroups, of which some differ by chance. Class frequencies "
    "differ between subgroups, and accuracy with them. – : undefined, such as the melanoma AUC without melanomas."
)


def subgroup_values(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return the values of the table of subgroups.

    Parameters
    ----------
    metrics
        What `selcn.evaluation.external.metrics_of_unseen` returns, by cell.

    Returns
    -------
    DataFrame
        One row per cell, subgroup and metric: cell, `selcn.evaluation.subgroups.COLUMNS`, and those of
        `selcn.evaluation.subgroups.GAP_COLUMNS` beside them, empty where a kind has one known subgroup.
    """
    keys, parts = list(GAP_COLUMNS[:3]), []
    for cell in sorted(metrics, key=lambda cell: order_of("lesion", cell)):
        subgroups, gaps = (
            pd.DataFrame(metrics[cell].get(name, ()), columns=list(columns))
            for name, columns in (("subgroups", COLUMNS), ("gaps", GAP_COLUMNS))
        )
        parts.append(subgroups.merge(gaps, on=keys, how="left").assign(cell=cell))
    columns = ["cell", *COLUMNS, *GAP_COLUMNS[3:]]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def external_subgroup_blocks(
    values: pd.DataFrame, name: str, protocol: str, notes: Sequence[str], demo: bool, shown: Container[str]
) -> list[Block]:
    """Return the table of subgroups, a section for each cell; parameters are those of `external_blocks`."""
    blocks = opening(f"Subgroups of patients and images of {name}", name, protocol, demo)
    if values.empty:
        return [*blocks, "No values: every cell failed, or every lesion was trained on.", *listed(notes)]
    blocks.append(f"{HOW_TO_READ} Cells without an input mask; the CSV has the others.")
    blocks += [ESTIMATED] if (values["kind"] == "skin_tone").any() else []
    for cell, rows in values.groupby("cell", sort=False):
        blocks += [f"## {title_of(str(cell))}", _grid(rows)] if cell in shown else []
    return [*blocks, *listed(notes)]


def _grid(rows: pd.DataFrame) -> Grid:
    head = ["By", "Subgroup", "Images", "Lesions", *(part for label in METRICS.values() for part in (label, "Gap"))]
    lines: list[list[str | Entry]] = []
    for kind, name in in_order(zip(rows["kind"], rows["subgroup"], strict=True)):
        values = rows[(rows["kind"] == kind) & (rows["subgroup"] == name)].set_index("metric")
        sizes = [int(values[size].iloc[0]) for size in ("images", "lesions")]
        entries = [Entry(f"{size:,}", value=size) for size in sizes]
        for metric in (metric for metric in METRICS if metric in values.index):
            row = values.loc[metric]
            entries += [
                _entry(row["value"], row["low"], row["high"], "{:.3f}"),
                _entry(row["gap"], row["gap_low"], row["gap_high"], "{:+.3f}"),
            ]
        entries += [MISSING] * (len(head) - 2 - len(entries))
        lines.append([KINDS.get(kind, kind), name, *entries])
    return Grid(head, lines)


def _entry(value: float, low: float, high: float, form: str) -> Entry:
    if pd.isna(value):
        return MISSING
    shown = [form.format(number).replace("-", "−") for number in (value, low, high)]
    return Entry(shown[0], aside=NONE if pd.isna(low) else f"{shown[1]} to {shown[2]}", value=float(value))
