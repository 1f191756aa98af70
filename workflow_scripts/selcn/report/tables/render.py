"""Tables as CSV and as Markdown."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.evaluation.failures import FAILED
from selcn.report.tables.build import Table
from selcn.report.tables.columns import Metric
from selcn.report.tables.models import HEADS, group_of, label_of
from selcn.storage.artifacts import replacing

NONE = "–"
DEMO = (
    "> **Demo data.** These numbers come from synthetic images. They show that the workflow runs "
    "and say nothing about skin lesions."
)
PARTS = {
    "validation": "Validation sets",
    "test": "Test set",
    "isic2019": "ISIC2019's training set without SCC and UNK",
    "isic2019_trained": "ISIC2019: images of HAM10000 that the models were trained on",
    "isic2019_untrained": "ISIC2019: images of HAM10000 that the models were not trained on",
    "isic2019_outside": "ISIC2019: images outside HAM10000",
    "isic2019_official": "ISIC2019: the official test set",
    "scc_outside": "SCC outside HAM10000",
    "official_scc": "SCC of the official test set",
    "official_unk": "UNK of the official test set",
    "official_scc_unk": "SCC and UNK of the official test set",
    "official_test": "The official test set",
}
CLASS_NAMES = {
    "nv": "Nevus",
    "mel": "Melanoma",
    "bkl": "Benign keratosis-like lesions",
    "bcc": "Basal cell carcinoma",
    "akiec": "Actinic keratoses",
    "vasc": "Vascular lesions",
    "df": "Dermatofibroma",
}


def write_files(table: Table, csv: str | Path, markdown: str | Path) -> None:
    """Write a table as CSV and as Markdown."""
    write_text(to_csv(table), csv)
    write_text(to_markdown(table), markdown)


def write_text(text: str, path: str | Path) -> None:
    """Write a text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def to_csv(table: Table) -> str:
    """Return a table as CSV, one row per value: the columns of `Table.frame`; missing values are empty."""
    return csv_text(table.frame)


def csv_text(frame: pd.DataFrame) -> str:
    """Return a data frame as CSV; missing values are empty."""
    return frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def to_markdown(table: Table) -> str:
    """Return a table as Markdown: one row per model or class; each entry our value, with the thesis's in brackets."""
    blocks = [f"# {table.title}"]
    if table.demo:
        blocks.append(DEMO)
    blocks.append(_header(table))
    parts = list(dict.fromkeys(table.frame["part"]))
    for part in parts:
        if len(parts) > 1 or not table.spec.in_thesis:
            blocks.append(f"## {PARTS[part]}")
        frame = table.frame[table.frame["part"] == part]
        blocks += [f"Images: {range_text(frame['images'])}.", _grid(table, frame)]
    blocks.append("\n".join(f"- {note}" for note in table.notes))
    return "\n\n".join(blocks) + "\n"


def _header(table: Table) -> str:
    """Return the data set, the protocol and how to read the entries."""
    folds = range_text(table.frame["folds"].where(table.frame["folds"] > 0))
    # Each of several seeds has all folds.
    networks = "folds" if table.spec.family != "lesion" else "networks, one for each fold and seed"
    over = "images" if folds == NONE else f"{folds} {networks}"
    lines = [f"Data set: {table.spec.dataset}. Protocol: {table.protocol}."]
    thesis = "in brackets: the thesis's value, and ours minus the thesis's"
    thesis = thesis if table.spec.in_thesis else "the thesis prints none"
    lines.append(f"Entries: mean ± standard deviation over {over} ({thesis}).")
    groups = {group_of(table.spec.family, cell) for cell in table.frame["cell"]}
    if table.spec.source != "classes":
        kind = "among models with the same lesion input" if len(groups) > 1 else "value of the metric"
        lines.append(f"**Bold**: our highest {kind}.")
    if len(groups) > 1:
        lines.append("***Bold italic***: our highest among all models.")
    return " ".join(lines)


def _grid(table: Table, frame: pd.DataFrame) -> str:
    """Return the rows and columns of one part."""
    spec = table.spec
    texts = defaultdict(lambda: NONE, _texts(table, frame))
    models, labels = list(dict.fromkeys(frame["cell"])), list(dict.fromkeys(frame["class"]))
    if spec.source == "classes":
        head = ["Class", *(metric.label for metric in spec.metrics)]
        rows = [
            [CLASS_NAMES.get(label, label), *(texts[models[0], label, metric.key] for metric in spec.metrics)]
            for label in labels
        ]
    elif spec.family == "segmentation":
        head = ["Metric", *(label_of(spec.family, model)[0] for model in models)]
        rows = [[metric.label, *(texts[model, "", metric.key] for model in models)] for metric in spec.metrics]
    else:
        head = [*HEADS[spec.family], *(metric.label for metric in spec.metrics)]
        rows = [
            [*label_of(spec.family, model), *(texts[model, "", metric.key] for metric in spec.metrics)]
            for model in models
        ]
    return markdown_grid(head, rows)


def markdown_grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are also aligned in the source."""
    widths = [max(3, *(len(line[column]) for line in (head, *rows))) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    lines = [[text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def _texts(table: Table, frame: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Return the text of every value of one part by cell, class and metric."""
    groups = frame["cell"].map(lambda cell: group_of(table.spec.family, cell))
    texts = {}
    for metric in table.spec.metrics:
        rows = frame[frame["metric"] == metric.key]
        marks = _marks(rows["ours_mean"].round(metric.digits), groups[rows.index])
        if table.spec.source == "classes" or not metric.digits or not metric.marked:
            marks = [""] * len(rows)
        for cell, label, row, mark in zip(rows["cell"], rows["class"], rows.itertuples(), marks, strict=True):
            texts[cell, label, metric.key] = _text(row, metric, mark, cell in table.failed)
    return texts


def _marks(shown: pd.Series, groups: pd.Series) -> list[str]:
    """Return the emphasis of each value of one metric, compared as rounded, so that equal entries are marked alike."""
    by_group = shown.groupby(groups)
    best, compared = by_group.transform("max"), by_group.transform("nunique") > 1
    several = groups.nunique() > 1
    return [
        "" if not (is_compared and value == top) else "***" if several and value == shown.max() else "**"
        for value, top, is_compared in zip(shown, best, compared, strict=True)
    ]


def _text(row: Any, metric: Metric, mark: str, failed: bool) -> str:
    """Return our value, and in brackets the thesis's and the difference."""
    ours = FAILED if failed else _value(row.ours_mean, row.ours_sd, metric.digits, mark)
    if pd.isna(row.thesis_mean):
        return ours
    thesis = _value(row.thesis_mean, row.thesis_sd, metric.digits)
    return f"{ours} ({thesis}, {difference_text(row.difference, metric.digits)})"


def _value(mean: float, sd: float, digits: int, mark: str = "") -> str:
    if pd.isna(mean):
        return NONE
    return f"{mark}{mean:,.{digits}f}{mark}" + ("" if pd.isna(sd) else f" ± {sd:.{digits}f}")


def difference_text(value: float, digits: int) -> str:
    if pd.isna(value):
        return NONE
    # Adding zero turns -0.0, shown as -0.000, into 0.0.
    return f"{round(value, digits) + 0.0:+,.{digits}f}".replace("-", "−")


def range_text(counts: pd.Series) -> str:
    """Return the models' common count, or the lowest and highest where they differ."""
    counts = counts.dropna().astype(int)
    if counts.empty:
        return NONE
    low, high = counts.min(), counts.max()
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
