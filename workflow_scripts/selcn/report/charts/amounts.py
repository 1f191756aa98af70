"""Bar charts of amounts: hours by stage, and images by class, role and fold."""

from collections.abc import Iterator
from math import nan

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.report.charts.chart import Chart, chart
from selcn.report.charts.intervals import SERIES, Mark, Row, draw
from selcn.report.figures.names import class_name

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
    rows = []
    for stage in table.to_dict("records"):
        amounts = [stage[_KINDS[kind]] for kind in used]
        note = f"{' / '.join(f'{amount:,.2f} h' for amount in amounts)}, {stage['jobs']:,} jobs"
        rows.append(Row(stage["stage"], tuple(map(_bar, used, amounts)), note))
    title = "Hours by stage"
    totals = ", ".join(f"{table[_KINDS[kind]].sum():,.2f} {SERIES[kind].label} hours" for kind in used)
    caption = f"Together {totals}."
    description = f"Bar chart of hours for {len(table)} stages. {caption}"
    return chart(name, title, description, lambda figure, text: draw(figure, rows, text, caption, 0))


def splits(table: pd.DataFrame, dataset: str, protocol: str) -> Chart:
    """Return the chart of how a protocol divides the images of each class among folds and test sets.

    Parameters
    ----------
    table
        The split table; columns variant, label, role, fold.
    """
    original = table[table["variant"] == "original"]
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
        lambda figure, text: draw(figure, rows, text, caption, 0),
    )


def _shares(images: pd.DataFrame) -> Iterator[Mark]:
    parts = dict(list(images.groupby(["role", "fold"])))
    # Folds first, in their order; the development set's images in no fold are always trained on.
    for role, fold in sorted(parts, key=lambda part: (part[0] != _DEVELOPMENT, part[1] < 0, part)):
        series = role if role != _DEVELOPMENT else "fold" if fold >= 0 else "no_fold"
        yield _bar(series, 100 * len(parts[role, fold]) / len(images))


def _bar(series: str, amount: float) -> Mark:
    return Mark(series, nan, 0, amount)
