"""Tables of external sets: lesion classification, calibration, classes and out-of-distribution detection of cells."""

from collections.abc import Container, Iterator, Mapping, Sequence

import pandas as pd

from selcn.report.tables.blocks import DEMO, MISSING, Block, Entry, Grid
from selcn.report.tables.columns import FURTHER_METRICS, LESION, OUT_OF_DISTRIBUTION, Metric
from selcn.report.tables.models import HEADS, label_of, order_of
from selcn.report.tables.render import CLASS_NAMES

PARTS = {
    "all": "All images of the networks' classes",
    "seen": "Lesions that the networks were trained on",
    "unseen": "Lesions that the networks were not trained on",
    "unfamiliar": "Out-of-distribution detection: diagnoses outside the networks' classes, of lesions not trained on",
}
"""Title of each part."""

CALIBRATION = (
    Metric("ece", "ECE"),
    Metric("ece_scaled", "Scaled ECE"),
    Metric("brier", "Brier"),
    Metric("brier_scaled", "Scaled Brier"),
    Metric("temperature", "Temperature"),
)
"""Calibration before and after temperature scaling."""

_CALIBRATION = {metric.key for metric in CALIBRATION}
_PREDICTIONS = (*LESION, *(metric for metric in FURTHER_METRICS if metric.key not in _CALIBRATION))
CLASSES = (
    Metric("support", "Images", 0, spread=False),
    Metric("sensitivity", "Sensitivity"),
    Metric("specificity", "Specificity"),
    Metric("auc", "AUC"),
)
"""Metrics of each class against the rest."""

GRIDS: Mapping[str, Mapping[str, tuple[Metric, ...]]] = {
    **{part: {"": _PREDICTIONS, "Calibration": CALIBRATION} for part in PARTS},
    "unfamiliar": {"": OUT_OF_DISTRIBUTION},
}
"""The metrics of each part's images by the heading that they stand under."""

COLUMNS = ("part", "cell", "class", "metric", "mean", "sd", "images", "networks")


def external_values(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return the values of an external set's table.

    Parameters
    ----------
    metrics
        What `selcn.evaluation.external.metrics_of_external` returns, by cell.

    Returns
    -------
    DataFrame
        One row per value; columns `COLUMNS`: part (a key of `PARTS`), class ("" for all of them), mean and sd over
        networks (NaN where there is none), and the number of images, with a class those of the class.
    """
    cells = sorted(metrics, key=lambda cell: order_of("lesion", cell))
    return pd.DataFrame([row for cell in cells for row in _rows(cell, metrics[cell])], columns=list(COLUMNS))


def _rows(cell: str, metrics: Mapping) -> Iterator[tuple]:
    for part in (part for part in PARTS if part in metrics):
        images = metrics["images"]["outside" if part == "unfamiliar" else part]
        for metric in (metric for of_grid in GRIDS[part].values() for metric in of_grid):
            if metric.key in metrics[part]:
                yield (part, cell, "", metric.key, *_spread(metrics[part][metric.key], images))
        for name, of_class in metrics["classes"].get(part, {}).items():
            for metric in CLASSES:
                yield (part, cell, name, metric.key, *_spread(of_class[metric.key], of_class["support"]))


def _spread(value: Mapping | float, images: int) -> tuple:
    if isinstance(value, Mapping):
        return value["mean"], value["sd"], images, len(value["folds"])
    return value, float("nan"), images, 0


def external_blocks(
    values: pd.DataFrame, name: str, protocol: str, notes: Sequence[str], demo: bool, shown: Container[str]
) -> list[Block]:
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
    shown
        The cells whose classes are shown.
    """
    blocks = opening(f"Lesion classification on {name}", name, protocol, demo)
    if values.empty:
        return [*blocks, "No values: every cell failed, or no image has a class of the networks.", *listed(notes)]
    blocks.append(
        "Entries: mean ± standard deviation over the networks, one for each fold and seed. Scaled: after temperature "
        "scaling, whose temperature each network's validation set gives."
    )
    for part, title in PARTS.items():
        rows = values[(values["part"] == part) & (values["class"] == "")]
        if len(rows):
            blocks += [f"## {title}", f"{rows['images'].iloc[0]:,} images."]
            for heading, metrics in GRIDS[part].items():
                blocks += [*([f"### {heading}"] if heading else []), _grid(rows, metrics)]
    return [*blocks, *_classes(values, shown), *listed(notes)]


def absent_classes(values: pd.DataFrame) -> list[str]:
    """Return the note on classes without images, which macro averages count and balanced accuracy does not."""
    counted = values[(values["part"] == "all") & (values["class"] != "")].groupby("class", sort=False)["images"].max()
    names = [CLASS_NAMES.get(label, label).lower() for label in counted.index[counted == 0]]
    if not names:
        return []
    return [
        f"No images of {', '.join(names)}: macro precision, recall and F1, here and in comparisons, count these "
        "classes as 0; balanced accuracy leaves them out."
    ]


def opening(title: str, name: str, protocol: str, demo: bool) -> list[Block]:
    """Return the title of a table of an external set, and what it is of."""
    return [f"# {title}", *([DEMO] if demo else []), f"Data set: {name}. Protocol: {protocol}."]


def listed(notes: Sequence[str]) -> list[Block]:
    """Return notes as a list; nothing where there are none."""
    return ["\n".join(f"- {note}" for note in notes)] if notes else []


def part_of_classes(parts: Container[str]) -> str:
    """Return the part whose classes are shown: lesions not trained on, or all where there are none of these."""
    return "unseen" if "unseen" in parts else "all"


def _classes(values: pd.DataFrame, shown: Container[str]) -> list[Block]:
    part = part_of_classes(set(values["part"]))
    chosen = values["cell"].map(lambda cell: cell in shown)
    rows = values[(values["part"] == part) & (values["class"] != "") & chosen]
    if rows.empty:
        return []
    about = "Each class against the rest, of cells without an input mask; the CSV has the others."
    return [f"## Classes: {PARTS[part][0].lower()}{PARTS[part][1:]}", about, _grid(rows, CLASSES)]


def _grid(rows: pd.DataFrame, metrics: Sequence[Metric]) -> Grid:
    by_class = (rows["class"] != "").any()
    metrics = [metric for metric in metrics if metric.key in set(rows["metric"])]
    lines: list[list[str | Entry]] = []
    for (cell, label), of_cell in rows.groupby(["cell", "class"], sort=False):
        by_metric = of_cell.set_index("metric")
        names = [*label_of("lesion", str(cell)), *([CLASS_NAMES.get(label, label)] if by_class else [])]
        lines.append([*names, *(_entry(by_metric, metric) for metric in metrics)])
    return Grid([*HEADS["lesion"], *(["Class"] if by_class else []), *(metric.label for metric in metrics)], lines)


def _entry(values: pd.DataFrame, metric: Metric) -> Entry:
    if metric.key not in values.index or pd.isna(values.loc[metric.key, "mean"]):
        return MISSING
    mean, sd = values.loc[metric.key, ["mean", "sd"]]
    spread = "" if pd.isna(sd) else f" ± {sd:.{metric.digits}f}"
    return Entry(f"{mean:,.{metric.digits}f}", spread=spread, value=float(mean))
