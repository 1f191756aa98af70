"""Tables of external sets beyond the first, both protocols side by side."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.report.answers.names import name_of, upper_first
from selcn.report.html.grid import Cell, Column, Grid, text_cell
from selcn.report.html.numbered import Part
from selcn.report.html.results import Results
from selcn.report.tables.columns import Metric
from selcn.report.tables.external import CLASSES, GRIDS, PARTS, part_of_classes
from selcn.report.tables.external_subgroups import KINDS
from selcn.report.tables.external_thresholds import METRICS as RATES
from selcn.report.tables.external_thresholds import counts_of, title_of
from selcn.report.tables.models import HEADS, label_of, order_of
from selcn.report.tables.render import CLASS_NAMES, NONE
from selcn.report.tables.subgroups import METRICS as SUBGROUP_METRICS
from selcn.report.tables.subgroups import in_order

ABSENT = Cell(NONE, sort="")


def metrics(results: Results, dataset: str) -> list[Part]:
    """Return metrics and calibration of every cell, a table for each part of the images, unseen ones first."""
    frame = _frame(results, f"external-{dataset}")
    frame = frame[frame["label"] == ""]
    order = sorted(set(frame["part"]), key=lambda part: (part != "unseen", list(PARTS).index(part)))
    parts = []
    for part in order:
        rows = frame[frame["part"] == part]
        for heading, of_grid in GRIDS[part].items():
            title = PARTS[part] + (f": {heading.lower()}" if heading else "")
            labels = {(cell,): label_of("lesion", cell) for cell in _cells(rows)}
            shown = _metric_cells(rows, dataset, of_grid)
            parts.append(Part(title, _images(rows), _grid(results, title, HEADS["lesion"], labels, shown)))
    return parts


def classes(results: Results, dataset: str, cells: Sequence[str]) -> list[Part]:
    """Return sensitivity, specificity and AUC of each class, a table for each of some cells."""
    frame = _frame(results, f"external-{dataset}")
    part = part_of_classes(set(frame["part"]))
    frame = frame[(frame["part"] == part) & (frame["label"] != "") & frame["cell"].isin(cells)]
    parts = []
    for cell in _cells(frame):
        rows = frame[frame["cell"] == cell]
        labels = {(cell, label): (CLASS_NAMES.get(label, label),) for label in dict.fromkeys(rows["label"])}
        grid = _grid(results, f"Classes: {cell}", ("Class",), labels, _metric_cells(rows, dataset, CLASSES))
        parts.append(Part(_title(cell), "", grid))
    return parts


def thresholds(results: Results, dataset: str) -> list[Part]:
    """Return what decision thresholds reach, a table for each decision and sensitivity on validation sets."""
    frame = _frame(results, f"thresholds-{dataset}")
    parts = []
    for (decision, at), rows in frame.groupby(["decision", "at"], sort=False):
        shown: dict[str, dict[tuple, Cell]] = {}
        for metric in RATES:
            for where in ("validation", "external"):
                shown[f"{metric.capitalize()}, {where}"] = {
                    (row.protocol, row.cell): _interval_cell(
                        row.validation if where == "validation" else row.value,
                        (row.low, row.high) if where == "external" else None,
                        _data(row, f"thresholds-{dataset}", f"{decision}-{at:g}", f"{metric}-{where}"),
                    )
                    for row in rows[rows["metric"] == metric].itertuples()
                }
        labels = {(cell,): label_of("lesion", cell) for cell in _cells(rows)}
        counts = {protocol: counts_of(of_protocol) for protocol, of_protocol in rows.groupby("protocol", sort=False)}
        title = title_of(str(decision), float(at))
        parts.append(Part(title, _by_protocol(counts), _grid(results, title, HEADS["lesion"], labels, shown)))
    return parts


def subgroups(results: Results, dataset: str, cells: Sequence[str]) -> list[Part]:
    """Return metrics of subgroups and the gaps to the other images, a table for each of some cells."""
    frame = _frame(results, f"subgroups-{dataset}")
    frame = frame[frame["cell"].isin(cells)]
    parts = []
    for cell in _cells(frame):
        rows = frame[frame["cell"] == cell]
        shown = {"Images": {_group(row): Cell(f"{row.images:,}", sort=row.images) for row in rows.itertuples()}}
        for metric, label in SUBGROUP_METRICS.items():
            of_metric = list(rows[rows["metric"] == metric].itertuples())
            table = f"subgroups-{dataset}"
            shown[label] = {
                _group(row): _interval_cell(
                    row.value, (row.low, row.high), _data(row, table, "value", metric, _named(row))
                )
                for row in of_metric
            }
            shown[f"{label}: gap"] = {
                _group(row): _interval_cell(
                    row.gap, (row.gap_low, row.gap_high), _data(row, table, "gap", metric, _named(row)), "+"
                )
                for row in of_metric
            }
        groups = in_order(zip(rows["kind"], rows["subgroup"], strict=True))
        labels = {group: (KINDS.get(group[0], group[0]), group[1]) for group in groups}
        grid = _grid(results, f"Subgroups: {cell}", ("By", "Subgroup"), labels, shown)
        parts.append(Part(_title(cell), "", grid))
    return parts


def _group(row) -> tuple[str, str, str]:
    return row.protocol, row.kind, row.subgroup


def _named(row) -> str:
    return f"{row.kind}: {row.subgroup}"


def _frame(results: Results, name: str) -> pd.DataFrame:
    """Return a table of all protocols; rows are read as named tuples, in which no name can be `class`."""
    tables = [table.assign(protocol=protocol) for protocol, table in results.of_protocols(name).items()]
    return pd.concat(tables, ignore_index=True).rename(columns={"class": "label"})


def _cells(rows: pd.DataFrame) -> list[str]:
    return sorted(set(rows["cell"]), key=lambda cell: order_of("lesion", cell))


def _title(cell: str) -> str:
    return f"{upper_first(name_of('lesion', cell))}: {cell}"


def _metric_cells(rows: pd.DataFrame, dataset: str, shown: Sequence[Metric]) -> dict[str, dict[tuple, Cell]]:
    """Return the cells of each metric that rows have, by protocol, ablation cell and, of classes, class."""
    return {
        metric.label: {
            (row.protocol, row.cell, *([row.label] if row.label else [])): _spread_cell(row, dataset, metric)
            for row in rows[rows["metric"] == metric.key].itertuples()
        }
        for metric in shown
        if (rows["metric"] == metric.key).any()
    }


def _spread_cell(row, dataset: str, metric: Metric) -> Cell:
    if pd.isna(row.mean):
        return ABSENT
    spread = () if pd.isna(row.sd) else (f"± {row.sd:.{metric.digits}f}",)
    data = _data(row, f"external-{dataset}", row.part, metric.key, row.label)
    return Cell(f"{row.mean:,.{metric.digits}f}", spread, row.mean, data=data)


def _interval_cell(value: float, interval: tuple[float, float] | None, data: Mapping[str, str], sign: str = "") -> Cell:
    if pd.isna(value):
        return ABSENT
    shown = () if interval is None or pd.isna(interval[0]) else (" to ".join(f"{end:{sign}.3f}" for end in interval),)
    return Cell(f"{value:{sign}.3f}", tuple(text.replace("-", "−") for text in shown), value, data=data)


def _data(row, table: str, part: str, metric: str, label: str = "") -> dict[str, str]:
    keys = {"table": table, "part": part, "protocol": row.protocol, "cell": row.cell}
    return keys | {"class": label, "metric": metric}


def _grid(
    results: Results,
    caption: str,
    head: Sequence[str],
    labels: Mapping[tuple, Sequence[str]],
    shown: Mapping[str, Mapping[tuple, Cell]],
) -> Grid:
    """Return a table with a row for each key of `labels`, and of each of `shown` a column for every protocol."""
    columns = [Column(label) for label in head]
    columns += [Column(protocol, label, protocol, numeric=True) for label in shown for protocol in results.protocols]
    rows = tuple(
        (
            *map(text_cell, names),
            *(cells.get((protocol, *key), ABSENT) for cells in shown.values() for protocol in results.protocols),
        )
        for key, names in labels.items()
    )
    return Grid(caption, tuple(columns), rows, named_by=len(head) - 1)


def _images(rows: pd.DataFrame) -> str:
    counts = {protocol: of_protocol["images"].iloc[0] for protocol, of_protocol in rows.groupby("protocol", sort=False)}
    return _by_protocol({protocol: f"{count:,} images" for protocol, count in counts.items()})


def _by_protocol(texts: Mapping[str, str]) -> str:
    """Return what is said of each protocol, once where it is the same of all."""
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{protocol}: {text}" for protocol, text in texts.items())
