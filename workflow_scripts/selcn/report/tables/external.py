"""Tables of external sets: lesion classification and out-of-distribution detection of every cell."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.report.tables.blocks import DEMO, MISSING, Block, Entry, Grid
from selcn.report.tables.columns import FURTHER_METRICS, LESION, OUT_OF_DISTRIBUTION, Metric
from selcn.report.tables.models import HEADS, label_of, order_of

PARTS = {
    "all": "All images of the networks' classes",
    "seen": "Lesions that the networks were trained on",
    "unseen": "Lesions that the networks were not trained on",
    "unfamiliar": "Out-of-distribution detection: diagnoses outside the networks' classes, of lesions not trained on",
}
"""Title of each part."""

_METRICS = {part: (*LESION, *FURTHER_METRICS) for part in PARTS} | {"unfamiliar": OUT_OF_DISTRIBUTION}


def external_values(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return the values of an external set's table.

    Parameters
    ----------
    metrics
        What `selcn.evaluation.external.metrics_of_external` returns, by cell.

    Returns
    -------
    DataFrame
        One row per value: part (a key of `PARTS`), cell, metric, mean, sd (NaN where there is none), images, networks.
    """
    rows = []
    for cell in sorted(metrics, key=lambda cell: order_of("lesion", cell)):
        of_cell = metrics[cell]
        for part in (part for part in PARTS if part in of_cell):
            for metric in (metric for metric in _METRICS[part] if metric.key in of_cell[part]):
                value = of_cell[part][metric.key]
                spread = value if isinstance(value, Mapping) else {"mean": value, "sd": float("nan"), "folds": []}
                images = of_cell["images"]["outside" if part == "unfamiliar" else part]
                rows.append((part, cell, metric.key, spread["mean"], spread["sd"], images, len(spread["folds"])))
    return pd.DataFrame(rows, columns=["part", "cell", "metric", "mean", "sd", "images", "networks"])


def external_blocks(values: pd.DataFrame, name: str, protocol: str, notes: Sequence[str], demo: bool) -> list[Block]:
    """Return the table of an external set as text and grids.

    Parameters
    ----------
    values
        From `external_values`.
    name
        The data set's name in prose.
    notes
        Notes under the table.
    demo
        Whether the numbers come from synthetic images.
    """
    blocks: list[Block] = [f"# Lesion classification on {name}", *([DEMO] if demo else [])]
    blocks.append(
        f"Data set: {name}. Protocol: {protocol}. Entries: mean ± standard deviation over the networks, one for each "
        "fold and seed."
    )
    if values.empty:
        return [*blocks, "No values: every cell failed, or no image has a class of the networks."]
    for part, title in PARTS.items():
        rows = values[values["part"] == part]
        if len(rows):
            blocks += [f"## {title}", f"{rows['images'].iloc[0]:,} images.", _grid(rows, _METRICS[part])]
    return [*blocks, "\n".join(f"- {note}" for note in notes)] if notes else blocks


def _grid(rows: pd.DataFrame, metrics: Sequence[Metric]) -> Grid:
    shown = [metric for metric in metrics if metric.key in set(rows["metric"])]
    lines: list[list[str | Entry]] = []
    for cell, of_cell in rows.groupby("cell", sort=False):
        by_metric = of_cell.set_index("metric")
        lines.append([*label_of("lesion", str(cell)), *(_entry(by_metric, metric) for metric in shown)])
    return Grid([*HEADS["lesion"], *(metric.label for metric in shown)], lines)


def _entry(values: pd.DataFrame, metric: Metric) -> Entry:
    if metric.key not in values.index or pd.isna(values.loc[metric.key, "mean"]):
        return MISSING
    mean, sd = values.loc[metric.key, ["mean", "sd"]]
    spread = "" if pd.isna(sd) else f" ± {sd:.{metric.digits}f}"
    return Entry(f"{mean:,.{metric.digits}f}", spread=spread, value=float(mean))
