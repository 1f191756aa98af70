"""The thesis's tables and ours of the same form: both protocols side by side, the printed value, the differences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from selcn.data.splits.folds import NO_FOLD
from selcn.design.datasets import EXTERNAL, LESION, ROLES, SYMMETRY, set_of
from selcn.evaluation.failures import FAILED
from selcn.report.answers.names import name_of
from selcn.report.answers.words import listed
from selcn.report.html.grid import PRINTED, Cell, Column, Grid, text_cell
from selcn.report.html.notes import Note, downloads, merged
from selcn.report.html.results import Chart, Results
from selcn.report.tables.columns import Metric
from selcn.report.tables.data_sets import tables_of
from selcn.report.tables.models import HEADS, is_ranked, label_of, order_of, place
from selcn.report.tables.render import CLASS_NAMES, NONE, PARTS, difference_text, range_text
from selcn.report.tables.specs import CLASSES, Spec
from selcn.report.tables.study_specs import spec_of

NAMED = 3
"""At most so many models that share the highest value are named."""

# The role of the data set of a table's confusion matrices.
_PREDICTED = {"06a": SYMMETRY, "06b": SYMMETRY, "08a": LESION, "08b": LESION, "10": EXTERNAL}

# The role of the data set whose folds validate; the images of other validation sets are a choice among them.
_VALIDATED = {"06a": SYMMETRY, "backbones": SYMMETRY, "08a": LESION}


@dataclass(frozen=True)
class Part:
    """One test set of a table.

    Attributes
    ----------
    title
        The images; empty where the table has one part.
    counts
        The numbers of images and networks.
    charts
        Its charts.
    """

    title: str
    counts: str
    grid: Grid
    charts: Sequence[Chart] = ()


@dataclass(frozen=True)
class Numbered:
    """A table of the study as the page has it."""

    number: str
    title: str
    lead: str
    printed: bool
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    downloads: tuple[tuple[str, list[tuple[str, str]]], ...]

    @property
    def anchor(self) -> str:
        """The table's id in the page."""
        return f"table-{self.number}"


def numbered(results: Results, number: str) -> Numbered:
    """Return a table of both protocols.

    Parameters
    ----------
    number
        A table of the study.
    """
    spec = spec_of(number)
    title = f"Table {number.lstrip('0')}. {spec.title}" if spec.in_thesis else spec.title
    tables = results.of_protocols(f"table-{number}").items()
    # Rows are read as named tuples, in which no name can be `class`.
    frame = pd.concat([table.assign(protocol=protocol) for protocol, table in tables]).rename(
        columns={"class": "label"}
    )
    known = (spec.part, *spec.extra_parts)
    names = sorted(dict.fromkeys(frame["part"]), key=lambda part: place(known, part))
    parts = tuple(_part(results, spec, title, part, frame[frame["part"] == part], len(names)) for part in names)
    return Numbered(
        number,
        title,
        _lead(spec),
        spec.in_thesis,
        parts,
        tuple(merged(results, f"table-{number}")),
        tuple(downloads(results, f"table-{number}")),
    )


def _lead(spec: Spec) -> str:
    over = "images" if spec.source in ("images", "localisation") else "networks (folds and seeds)"
    sentences = [f"Data set: {spec.dataset}. Mean ± standard deviation over {over}."]
    if spec.in_thesis:
        sentences.append("Printed: the thesis's value; Δ: ours minus the printed value.")
    if _is_marked(spec):
        sentences.append("★ and bold: highest value of a column as shown.")
    return " ".join(sentences)


def _is_marked(spec: Spec) -> bool:
    return spec.source != "classes" and spec.only is None


def _part(results: Results, spec: Spec, title: str, part: str, frame: pd.DataFrame, parts: int) -> Part:
    heading = PARTS[part] if parts > 1 or not spec.in_thesis else ""
    by_class = spec.source == "classes"
    key = "label" if by_class else "cell"
    head = ("Class",) if by_class else HEADS[spec.family]
    names = list(dict.fromkeys(frame[key]))
    names.sort(key=lambda name: place(CLASSES, name) if by_class else order_of(spec.family, name))
    labels = {name: (CLASS_NAMES.get(name, name),) if by_class else label_of(spec.family, name) for name in names}
    columns, cells = [Column(label) for label in head], {name: list(map(text_cell, labels[name])) for name in names}
    for metric in spec.metrics:
        rows = frame[frame["metric"] == metric.key]
        for column, values in _metric_columns(results, spec, metric, rows, key):
            columns.append(column)
            for name in names:
                cells[name].append(values.get(name, Cell(NONE, sort="")))
    caption = title + (f": {heading}" if heading else "")
    grid = Grid(caption, tuple(columns), tuple(map(tuple, cells.values())), named_by=len(head) - 1)
    charts = results.charts.get(f"table-{spec.number}/{part}", ())
    return Part(heading, _counts(results, spec, part, frame), grid, charts)


def _metric_columns(
    results: Results, spec: Spec, metric: Metric, rows: pd.DataFrame, key: str
) -> Iterator[tuple[Column, dict[str, Cell]]]:
    """Yield a metric's columns, one a protocol and one of printed values, each with its cells by model or class."""
    for protocol in results.protocols:
        of_protocol = rows[rows["protocol"] == protocol]
        best = (
            _best(of_protocol["ours_mean"][_ranked(spec, of_protocol)].round(metric.digits))
            if _is_marked(spec) and metric.marked
            else None
        )
        failed = results.failed.get((protocol, f"table-{spec.number}"), {})
        yield (
            Column(protocol, metric.label, protocol, numeric=True),
            {getattr(row, key): _ours(results, spec, metric, row, best, failed) for row in of_protocol.itertuples()},
        )
    printed = rows.dropna(subset=["thesis_mean"]).drop_duplicates(key)
    if len(printed):
        cells = {getattr(row, key): _printed(row, metric) for row in printed.itertuples()}
        yield Column(PRINTED, metric.label, numeric=True), cells


def _ranked(spec: Spec, rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of models that may be the best."""
    return rows["cell"].map(lambda cell: is_ranked(spec.family, cell)).astype(bool)


def _best(shown: pd.Series) -> float | None:
    """Return the highest value as shown; None where all are equal."""
    return shown.max() if shown.nunique() > 1 else None


def _ours(results: Results, spec: Spec, metric: Metric, row, best: float | None, failed) -> Cell:
    if pd.isna(row.ours_mean):
        return Cell(FAILED if row.cell in failed else NONE, sort="")
    ranked = is_ranked(spec.family, row.cell)
    lines = [] if pd.isna(row.ours_sd) else [f"± {row.ours_sd:.{metric.digits}f}"]
    lines += [] if pd.isna(row.difference) else [f"Δ {difference_text(row.difference, metric.digits)}"]
    data = {
        "table": spec.number,
        "part": row.part,
        "protocol": row.protocol,
        "cell": row.cell,
        "class": row.label,
        "metric": metric.key,
    }
    return Cell(
        f"{row.ours_mean:,.{metric.digits}f}",
        tuple(lines),
        sort=row.ours_mean,
        best=best is not None and metric.digits > 0 and ranked and round(row.ours_mean, metric.digits) == best,
        # The viewer leaves out oracle controls.
        href=_matrix(results, spec, row) if metric is spec.metrics[0] and ranked else "",
        data=data,
    )


def _matrix(results: Results, spec: Spec, row) -> str:
    """Return the link to the confusion matrix behind a value; empty where there is none."""
    name = f"{row.protocol}-{_dataset(spec, _PREDICTED)}-{row.part}"
    return f"#matrix={name}/{row.cell}/mean" if name in results.matrices else ""


def _dataset(spec: Spec, roles: Mapping[str, str]) -> str:
    """Return the data set of a table by its role, or the further lesion set that the table is of; empty without one."""
    if spec.number in roles:
        return set_of(roles[spec.number])
    return next((dataset for dataset in ROLES[LESION][1:] if spec.number in tables_of(dataset)), "")


def _printed(row, metric: Metric) -> Cell:
    lines = () if pd.isna(row.thesis_sd) else (f"± {row.thesis_sd:.{metric.digits}f}",)
    return Cell(f"{row.thesis_mean:,.{metric.digits}f}", lines, sort=row.thesis_mean)


def _counts(results: Results, spec: Spec, part: str, frame: pd.DataFrame) -> str:
    """Return the numbers of images and networks in words, by protocol unless all protocols have the same."""
    texts = {}
    for protocol, rows in frame.groupby("protocol", sort=False):
        images = f"{range_text(rows['images'])} images"
        if part == "validation":
            splits = results.splits.get((protocol, _dataset(spec, _VALIDATED)))
            images = f"{images} per fold" if splits is None else _validating(splits)
        folds = rows["folds"].where(rows["folds"] > 0)
        texts[protocol] = images + (f", {range_text(folds)} networks" if folds.notna().any() else "")
    if len(texts) == len(results.protocols) and len(set(texts.values())) == 1:
        return next(iter(texts.values())) + (" in both protocols" if len(texts) > 1 else "")
    return "; ".join(f"{protocol}: {text}" for protocol, text in texts.items())


def _validating(splits: pd.DataFrame) -> str:
    """Return how many images validate in a fold and in all, or how many rows where some are copies of an image."""
    rows = splits[splits["validation"] & (splits["fold"] != NO_FOLD)]
    of_fold, images = range_text(rows["fold"].value_counts()), rows["image_id"].nunique()
    if images < len(rows):
        return f"{of_fold} rows per fold (copies of {images:,} images in all)"
    return f"{of_fold} images per fold, {images:,} in all"


@dataclass(frozen=True)
class Leader:
    """The highest value of a metric in a protocol, or that the thesis prints, and the models that have it."""

    protocol: str
    name: str
    value: str


def leaders(results: Results, number: str, metric_key: str, part: str | None = None) -> list[Leader]:
    """Return the highest value of a metric in each protocol that has one, and the highest that the thesis prints.

    The thesis's has the protocol `printed`. Models whose values are shown alike share the place.
    """
    spec = spec_of(number)
    metric = next(metric for metric in spec.metrics if metric.key == metric_key)
    found: list[Leader] = []
    printed: list[Leader] = []
    for protocol, frame in results.of_protocols(f"table-{number}").items():
        rows = frame[(frame["part"] == (part or spec.part)) & (frame["metric"] == metric_key) & _ranked(spec, frame)]
        for column, name in (("ours_mean", protocol), ("thesis_mean", PRINTED)):
            if rows[column].notna().any() and not (name == PRINTED and printed):
                shown = rows[column].round(metric.digits)
                models = sorted(rows["cell"][shown == shown.max()], key=lambda model: order_of(spec.family, model))
                leader = Leader(name, _shared(spec.family, models), f"{shown.max():.{metric.digits}f}")
                (printed if name == PRINTED else found).append(leader)
    return [*found, *printed]


def _shared(family: str, models: Sequence[str]) -> str:
    """Return the names of models that share a place, or their number where there are many."""
    return listed([name_of(family, model) for model in models]) if len(models) <= NAMED else f"{len(models)} models"
