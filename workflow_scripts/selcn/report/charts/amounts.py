"""Bar charts of amounts: time by stage, and images by class, role and fold."""

from collections.abc import Iterator, Mapping
from math import nan

import pandas as pd

from selcn.design.class_names import class_name
from selcn.design.datasets import DATASETS
from selcn.report.charts.chart import Chart, chart
from selcn.report.charts.intervals import SERIES, Mark, Row, draw

_KINDS = {"processor": "processor_hours", "gpu": "gpu_hours"}
_DEVELOPMENT = "pool"


def hours(table: pd.DataFrame, name: str = "hours") -> Chart:
    """Return the chart of processor and GPU hours by stage; without GPU hours, of processor hours alone.

    Parameters
    ----------
    table
        A row for each stage; columns stage, processor_hours, gpu_hours, jobs.
    name
        The chart's name, for a page that has several.
    """
    used = [kind for kind, column in _KINDS.items() if table[column].gt(0).any()] or ["processor"]
    unit, factor = ("hours", 1) if table[[_KINDS[kind] for kind in used]].ge(1).any(axis=None) else ("minutes", 60)
    rows = []
    for stage in table.to_dict("records"):
        amounts = [stage[_KINDS[kind]] for kind in used]
        jobs = f"{stage['jobs']:,} job{'' if stage['jobs'] == 1 else 's'}"
        note = f"{' / '.join(map(_duration, amounts))}, {jobs}"
        bars = tuple(_bar(kind, factor * amount) for kind, amount in zip(used, amounts, strict=True))
        rows.append(Row(stage["stage"], bars, note))
    title = "Time by stage"
    totals = ", ".join(f"{SERIES[kind].label} {_duration(table[_KINDS[kind]].sum())}" for kind in used)
    caption = f"In {unit}. In all: {totals}."
    description = f"Bar chart of the time of {len(table)} stages. {caption}"
    return chart(name, title, description, lambda figure, text: draw(figure, rows, text, caption, 0))


def _duration(hours: float) -> str:
    """Return hours, or minutes below an hour."""
    if hours >= 1:
        return f"{hours:,.1f} h"
    minutes = 60 * hours
    return f"{minutes:.0f} min" if minutes >= 1 or not hours else f"{minutes:.1g} min"


def splits(tables: Mapping[str, pd.DataFrame], dataset: str) -> list[Chart]:
    """Return the charts of how each protocol divides the images of each class among folds and test sets.

    Parameters
    ----------
    tables
        The split table of each protocol; columns variant, label, role, fold.
    """
    originals = {protocol: table[table["variant"] == "original"] for protocol, table in tables.items()}
    reach = max(_largest_share(images) for images in originals.values())
    return [_split(images, dataset, protocol, reach) for protocol, images in originals.items()]


def _largest_share(images: pd.DataFrame) -> float:
    return max(mark.high for _, of_class in images.groupby("label") for mark in _shares(of_class))


def _split(original: pd.DataFrame, dataset: str, protocol: str, reach: float) -> Chart:
    sizes = original["label"].value_counts()
    rows = [
        Row(class_name(label), tuple(_shares(original[original["label"] == label])), f"{images:,}")
        for label, images in sizes.items()
    ]
    caption = (
        "Share of each class's images, in %, in each fold of the development set and each test set. Right: images."
    )
    description = f"Bar chart: how the {len(original):,} images of {DATASETS[dataset]} are divided, by class."
    title = f"{DATASETS[dataset]}, {protocol} protocol"
    return chart(
        f"splits-{dataset}-{protocol}",
        title,
        description,
        lambda figure, text: draw(figure, rows, text, caption, 0, reach),
    )


def _shares(images: pd.DataFrame) -> Iterator[Mark]:
    parts = dict(list(images.groupby(["role", "fold"])))
    # Folds first, in their order; the development set's images in no fold are always trained on.
    for role, fold in sorted(parts, key=lambda part: (part[0] != _DEVELOPMENT, part[1] < 0, part)):
        series = role if role != _DEVELOPMENT else "fold" if fold >= 0 else "no_fold"
        yield _bar(series, 100 * len(parts[role, fold]) / len(images))


def _bar(series: str, amount: float) -> Mark:
    return Mark(series, nan, 0, amount)
