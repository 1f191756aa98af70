"""Tables as CSV, as Markdown and as HTML."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.evaluation.failures import FAILED
from selcn.report.tables.blocks import DEMO, MISSING, NONE, Block, Entry, Grid, as_markdown
from selcn.report.tables.build import Table
from selcn.report.tables.columns import Metric
from selcn.report.tables.html import as_html
from selcn.report.tables.models import HEADS, group_of, is_ranked, label_of
from selcn.report.tables.values import KEYS
from selcn.storage.artifacts import replacing

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
    "localisation": "Images with true masks",
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


def write_files(table: Table, csv: str | Path, markdown: str | Path, html: str | Path) -> None:
    """Write a table as CSV, as Markdown and as HTML."""
    write_text(to_csv(table), csv)
    write_blocks(blocks_of(table), markdown, html)


def write_blocks(blocks: Sequence[Block], markdown: str | Path, html: str | Path) -> None:
    """Write a document as Markdown and as HTML."""
    write_text(as_markdown(blocks), markdown)
    write_text(as_html(blocks), html)


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
    """Return a table as Markdown."""
    return as_markdown(blocks_of(table))


def blocks_of(table: Table) -> list[Block]:
    """Return a table's title, grids and notes: one row per model or class; each entry our value and the thesis's."""
    blocks: list[Block] = [f"# {table.title}"]
    if table.demo:
        blocks.append(DEMO)
    blocks.append(_header(table))
    parts = list(dict.fromkeys(table.frame["part"]))
    for part in parts:
        if len(parts) > 1 or not table.spec.in_thesis:
            blocks.append(f"## {PARTS[part]}")
        frame = table.frame[table.frame["part"] == part]
        blocks += [f"Images: {range_text(frame['images'])}.", _grid(table, frame)]
    return [*blocks, "\n".join(f"- {note}" for note in table.notes)]


def _header(table: Table) -> str:
    """Return the data set, the protocol and how to read the entries."""
    folds = range_text(table.frame["folds"].where(table.frame["folds"] > 0))
    # Each of several seeds has all folds.
    networks = "folds" if table.spec.family != "lesion" else "networks, one for each fold and seed"
    over = "images" if folds == NONE else f"{folds} {networks}"
    lines = [f"Data set: {table.spec.dataset}. Protocol: {table.protocol}."]
    thesis = "in brackets: the thesis's value, and ours minus the thesis's"
    thesis = f" ({thesis})" if table.spec.in_thesis else " (the thesis prints none)" if table.spec.of_thesis else ""
    lines.append(f"Entries: mean ± standard deviation over {over}{thesis}.")
    groups = {group_of(table.spec.family, cell) for cell in table.frame["cell"]}
    if table.spec.source != "classes":
        kind = "among models with the same lesion input" if len(groups) > 1 else "value of the metric"
        lines.append(f"**Bold**: our highest {kind}.")
    if len(groups) > 1:
        lines.append("***Bold italic***: our highest among all models.")
    if not all(is_ranked(table.spec.family, cell) for cell in table.frame["cell"]):
        lines.append("Oracle controls are given the label and never marked.")
    return " ".join(lines)


def _grid(table: Table, frame: pd.DataFrame) -> Grid:
    """Return the rows and columns of one part."""
    spec = table.spec
    entries = defaultdict(lambda: MISSING, _entries(table, frame))
    models, labels = list(dict.fromkeys(frame["cell"])), list(dict.fromkeys(frame["class"]))
    if spec.source == "classes":
        head = ["Class", *(metric.label for metric in spec.metrics)]
        rows = [
            [CLASS_NAMES.get(label, label), *(entries[models[0], label, metric.key] for metric in spec.metrics)]
            for label in labels
        ]
    elif spec.family == "segmentation":
        head = ["Metric", *(label_of(spec.family, model)[0] for model in models)]
        rows = [[metric.label, *(entries[model, "", metric.key] for model in models)] for metric in spec.metrics]
    else:
        head = [*HEADS[spec.family], *(metric.label for metric in spec.metrics)]
        rows = [
            [*label_of(spec.family, model), *(entries[model, "", metric.key] for metric in spec.metrics)]
            for model in models
        ]
    return Grid(head, rows)


def _entries(table: Table, frame: pd.DataFrame) -> dict[tuple[str, str, str], Entry]:
    """Return the entry of every value of one part by cell, class and metric."""
    groups = frame["cell"].map(lambda cell: group_of(table.spec.family, cell))
    ranked = frame["cell"].map(lambda cell: is_ranked(table.spec.family, cell))
    entries = {}
    for metric in table.spec.metrics:
        rows = frame[frame["metric"] == metric.key]
        marks = _marks(rows["ours_mean"].where(ranked).round(metric.digits), groups[rows.index])
        if table.spec.source == "classes" or not metric.digits or not metric.marked:
            marks = [""] * len(rows)
        for row, mark in zip(rows.to_dict("records"), marks, strict=True):
            entries[row["cell"], row["class"], metric.key] = _entry(row, metric, mark, table)
    return entries


def _marks(shown: pd.Series, groups: pd.Series) -> list[str]:
    """Return the emphasis of each value of one metric, compared as rounded, so that equal entries are marked alike."""
    by_group = shown.groupby(groups)
    best, compared = by_group.transform("max"), by_group.transform("nunique") > 1
    several = groups.nunique() > 1
    return [
        "" if not (is_compared and value == top) else "***" if several and value == shown.max() else "**"
        for value, top, is_compared in zip(shown, best, compared, strict=True)
    ]


def _entry(row: Mapping[str, Any], metric: Metric, mark: str, table: Table) -> Entry:
    """Return our value, and in brackets the thesis's and the difference."""
    failed, digits = row["cell"] in table.failed, metric.digits
    shown = Entry(FAILED) if failed else _value(row["ours_mean"], row["ours_sd"], digits, mark)
    thesis = f"{_value(row['thesis_mean'], row['thesis_sd'], digits)}, {difference_text(row['difference'], digits)}"
    return replace(
        shown,
        aside="" if pd.isna(row["thesis_mean"]) else thesis,
        value=row["ours_mean"],
        difference=row["difference"] if table.spec.in_thesis else None,
        keys={"table": table.spec.number, "protocol": table.protocol, **{key: row[key] for key in KEYS}},
    )


def _value(mean: float, sd: float, digits: int, mark: str = "") -> Entry:
    if pd.isna(mean):
        return MISSING
    return Entry(f"{mean:,.{digits}f}", mark, "" if pd.isna(sd) else f" ± {sd:.{digits}f}")


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
