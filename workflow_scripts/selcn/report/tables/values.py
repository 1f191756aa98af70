"""Values of a table: ours from the evaluation's JSON files, the thesis's from a CSV file."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.design.cells import split_cell
from selcn.report.tables.columns import Metric
from selcn.report.tables.models import number_of
from selcn.report.tables.specs import Spec
from selcn.storage.artifacts import read_json

KEYS = ("part", "cell", "class", "metric")
"""Columns that identify a value of a table; `class` is "" except in class-wise tables."""


class MissingValueError(ValueError):
    """A file lacks a value that a table needs."""


def read_ours(files: Mapping[str, str | Path], spec: Spec) -> pd.DataFrame:
    """Return our values of a table.

    Parameters
    ----------
    files
        The JSON file of each model.

    Returns
    -------
    pandas.DataFrame
        Columns part, cell, class, metric, ours_mean, ours_sd (NaN where there is none), images, folds (0 where the
        value is not a mean over folds).

    Raises
    ------
    MissingValueError
        A file lacks a value.
    ValueError
        The table is not of a model.
    """
    rows: list[dict] = []
    for model, path in files.items():
        refuse_other_model(model, path, spec)
        rows.extend(_READERS[spec.source](_File(path, model), spec))
    table = pd.DataFrame(rows, columns=[*KEYS, "ours_mean", "ours_sd", "images", "folds"])
    return table.astype(dict.fromkeys(KEYS, "str") | {"ours_mean": float, "ours_sd": float})


def read_thesis(path: str | Path | None, spec: Spec) -> pd.DataFrame:
    """Return the thesis's values of a table: columns part, cell, class, metric, thesis_mean, thesis_sd.

    Parameters
    ----------
    path
        The values as CSV; None where the thesis prints none, for a table without rows.

    Raises
    ------
    MissingValueError
        A column is missing.
    """
    if path is None:
        return pd.DataFrame({key: pd.Series(dtype="str") for key in KEYS}).assign(thesis_mean=0.0, thesis_sd=0.0)
    frame = pd.read_csv(path)
    wanted = ["cell", "metric", "mean", "sd", *(["class"] if spec.source == "classes" else [])]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise MissingValueError(
            f"{path}: no column {', '.join(missing)}; found {', '.join(frame.columns)}; restore the file from the "
            "repository"
        )
    frame = frame.assign(part=spec.part, **({} if "class" in frame else {"class": ""}))
    return frame.rename(columns={"mean": "thesis_mean", "sd": "thesis_sd"})[[*KEYS, "thesis_mean", "thesis_sd"]]


def refuse_other_model(model: str, path: str | Path, spec: Spec) -> None:
    """Raise ValueError where a table is not of the model that a file is of."""
    if spec.family == "lesion":
        split_cell(model)
    if spec.only is not None and model != spec.only:
        raise ValueError(
            f"{path}: found {model}, but table {spec.number} is of model {number_of('lesion', spec.only)}; expected "
            f"{spec.only}"
        )


class _File:
    """One evaluation's JSON file, and its model."""

    def __init__(self, path: str | Path, model: str):
        self.path, self.model, self.document = path, model, read_json(path)

    def value(self, *keys: str) -> Any:
        """Return the value under nested keys."""
        found = self.document
        for depth, key in enumerate(keys):
            if not isinstance(found, dict) or key not in found:
                there = ", ".join(found) if isinstance(found, dict) else repr(found)
                where = ".".join(keys[:depth]) or "the file"
                raise MissingValueError(
                    f"{self.path}: {'.'.join(keys)!r} is missing ({where} holds: {there}); "
                    "delete the file and run the same command again"
                )
            found = found[key]
        return found

    def number(self, *keys: str) -> float:
        """Return the number under nested keys; null, from the mean over nothing, is NaN."""
        found = self.value(*keys)
        if found is None:
            return math.nan
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise MissingValueError(f"{self.path}: {'.'.join(keys)!r} is {found!r}; expected a number")
        return float(found)

    def over_folds(self, metric: Metric, *keys: str) -> tuple[float, float]:
        """Return a metric's mean and standard deviation over folds; without a spread, its value and NaN."""
        if not metric.spread:
            return self.number(*keys, metric.key), math.nan
        return self.number(*keys, metric.key, "mean"), self.number(*keys, metric.key, "sd")

    def row(self, part: str, label: str, metric: Metric, mean: float, sd: float, images: float, folds: int = 0) -> dict:
        """Return one row of `read_ours`."""
        return {
            "part": part,
            "cell": self.model,
            "class": label,
            "metric": metric.key,
            "ours_mean": mean,
            "ours_sd": sd,
            "images": images,
            "folds": folds,
        }


def _of_images(file: _File, spec: Spec) -> Iterator[dict]:
    """Means and standard deviations over images: {part: {metric, metric_sd, "images"}}."""
    images = file.number(spec.part, "images")
    for metric in spec.metrics:
        mean, sd = file.number(spec.part, metric.key), file.number(spec.part, f"{metric.key}_sd")
        yield file.row(spec.part, "", metric, mean, sd, images)


def _of_folds(file: _File, spec: Spec) -> Iterator[dict]:
    """Means and standard deviations over folds: {part: {metric: {"mean", "sd", "folds"}}, "images": {part}}."""
    for part in (spec.part, *(part for part in spec.extra_parts if part in file.document)):
        images = file.number("images", part)
        for metric in spec.metrics:
            # Networks without a class of melanoma have no sensitivity for it.
            if metric.key.startswith("melanoma_") and metric.key not in file.document[part]:
                continue
            mean, sd = file.over_folds(metric, part)
            yield file.row(part, "", metric, mean, sd, images, len(file.value(part, metric.key, "folds")))


def _of_out_of_distribution(file: _File, spec: Spec) -> Iterator[dict]:
    """As `_of_folds`, under "unfamiliar": {part: {metric: ..., "familiar", "unfamiliar"}}; any part may be absent."""
    found = file.value("unfamiliar")
    for part in (part for part in (spec.part, *spec.extra_parts) if part in found):
        keys = ("unfamiliar", part)
        images = file.number(*keys, "familiar") + file.number(*keys, "unfamiliar")
        folds = len(file.value(*keys, "energy", "folds"))
        for metric in spec.metrics:
            yield file.row(part, "", metric, *file.over_folds(metric, *keys), images, folds)


def _of_localisation(file: _File, spec: Spec) -> Iterator[dict]:
    """Means over images: {metric_mean, metric_sd} for a metric with a spread, {metric} for one without."""
    images = file.number("images")
    for metric in spec.metrics:
        keys = (f"{metric.key}_mean", f"{metric.key}_sd") if metric.spread else (metric.key, None)
        mean, sd = file.number(keys[0]), math.nan if keys[1] is None else file.number(keys[1])
        yield file.row(spec.part, "", metric, mean, sd, images)


def _of_classes(file: _File, spec: Spec) -> Iterator[dict]:
    """Means and standard deviations over folds: {"classes": {part: {class: {metric: {"mean", "sd"}, "support"}}}}."""
    images = file.number("images", spec.part)
    folds = len(file.value(spec.part, "accuracy", "folds"))
    for label in file.value("classes", spec.part):
        for metric in spec.metrics:
            mean, sd = file.over_folds(metric, "classes", spec.part, label)
            yield file.row(spec.part, label, metric, mean, sd, images, folds)


_READERS = {
    "images": _of_images,
    "folds": _of_folds,
    "localisation": _of_localisation,
    "classes": _of_classes,
    "out_of_distribution": _of_out_of_distribution,
}
