"""Per-image measurements that cells are compared by: predicted classes, or localisation scores of CAMs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.confusion import confusion_matrices, scores_of
from selcn.evaluation.comparisons.families import PREDICTION_METRICS
from selcn.evaluation.cross_validation import arrays_of, classes_of
from selcn.evaluation.runs import Run

KEYS = ["image_id", "variant"]


class Measured(Protocol):
    """Cells measured on the same images, whose metrics can be computed under any weighting of the lesions.

    Attributes
    ----------
    cells
        Names of C cells.
    metrics
        Names of M metrics.
    lesion
        Shape (N,), int: codes of the images' lesions, 0 to L - 1.
    runs
        How many seeds and how many folds each cell has, S and F.
    """

    @property
    def cells(self) -> tuple[str, ...]: ...

    @property
    def metrics(self) -> tuple[str, ...]: ...

    @property
    def lesion(self) -> np.ndarray: ...

    @property
    def runs(self) -> tuple[int, int]: ...

    def sizes(self) -> list[tuple[int, int]]:
        """Return the numbers of images and lesions behind each metric."""

    def totals(self, cell: int, weights: np.ndarray) -> np.ndarray:
        """Return sums over images that are linear in their weights (D, N): shape (D, S, F, ...)."""

    def scores(self, totals: np.ndarray) -> np.ndarray:
        """Return the metrics from these sums: shape (D, S, F, M), float64."""


@dataclass(frozen=True)
class Predictions:
    """Predicted classes of C cells, S seeds, F folds and N images; a `Measured`.

    Attributes
    ----------
    cells, lesion
        As in `Measured`.
    classes
        Names of K classes.
    label
        Shape (N,), int: codes of the true classes.
    predicted
        Shape (C, S, F, N), int: codes of the predicted classes.
    """

    cells: tuple[str, ...]
    classes: tuple[str, ...]
    lesion: np.ndarray
    label: np.ndarray
    predicted: np.ndarray
    metrics: ClassVar[tuple[str, ...]] = PREDICTION_METRICS

    @property
    def runs(self) -> tuple[int, int]:
        return self.predicted.shape[1:3]

    def sizes(self) -> list[tuple[int, int]]:
        return [(len(self.lesion), int(self.lesion.max()) + 1)] * len(self.metrics)

    def totals(self, cell: int, weights: np.ndarray) -> np.ndarray:
        return confusion_matrices(weights, self.label, self.predicted[cell], len(self.classes))

    def scores(self, totals: np.ndarray) -> np.ndarray:
        return scores_of(totals)


@dataclass(frozen=True)
class ImageScores:
    """Localisation scores of C cells' CAMs, one network per cell, on N images by M metrics; a `Measured`.

    Attributes
    ----------
    cells, metrics, lesion
        As in `Measured`.
    values
        Shape (C, N, M), float64; NaN where an image has no score. An image without a score in one cell is left out of
        that metric for all cells, so that differences are paired.
    """

    cells: tuple[str, ...]
    metrics: tuple[str, ...]
    lesion: np.ndarray
    values: np.ndarray
    runs: ClassVar[tuple[int, int]] = (1, 1)

    @property
    def defined(self) -> np.ndarray:
        """Which images (N, M) every cell has a score of."""
        return np.isfinite(self.values).all(axis=0)

    def sizes(self) -> list[tuple[int, int]]:
        return [(int(images.sum()), len(np.unique(self.lesion[images]))) for images in self.defined.T]

    def totals(self, cell: int, weights: np.ndarray) -> np.ndarray:
        parts = np.concatenate([np.where(self.defined, self.values[cell], 0), self.defined], axis=1)
        return (weights @ parts)[:, None, None]

    def scores(self, totals: np.ndarray) -> np.ndarray:
        sums, images = np.split(totals, 2, axis=-1)
        return np.divide(sums, images, out=np.full_like(sums, np.nan), where=images > 0)


def predictions_of(tables: Mapping[str, Mapping[Run, pd.DataFrame]], lesions: pd.DataFrame, name: str) -> Predictions:
    """Gather the predictions of cells on one test set.

    Parameters
    ----------
    tables
        For each cell and (seed, fold) a table with columns image_id, variant, label and prob_<class>; the largest
        probability is the prediction, the first of equals. Rows may come in any order.
    lesions
        Columns image_id and lesion_id, with every image of the test set; other images are ignored.
    name
        Name of the test set, for messages.

    Raises
    ------
    ValueError
        There is no table; cells differ in seeds, folds, classes, images or labels; an image occurs twice or has no
        lesion; a label is none of the classes, or a probability is not finite.
    """
    runs = _common_runs(tables, name)
    first_of = f"{next(iter(tables))}, seed {runs[0][0]}, fold {runs[0][1]}"
    first = _by_image(next(iter(tables.values()))[runs[0]], f"{name}: {first_of}")
    classes, reference = classes_of(first), first["label"]
    predicted = []
    for cell, folds in tables.items():
        for seed, fold in runs:
            where = f"{name}: {cell}, seed {seed}, fold {fold}"
            table = _by_image(folds[seed, fold], where)
            if classes_of(table) != classes:
                raise ValueError(f"{where}: classes {classes_of(table)}; expected {classes}, those of {first_of}")
            if not table["label"].equals(reference):
                raise ValueError(f"{where}: images or labels differ from those of {first_of}; expected one test set")
            predicted.append(_codes_of_largest(table, where))
    unknown = sorted(set(reference) - set(classes))
    if unknown:
        raise ValueError(f"{name}: labels {unknown} are none of the classes {classes}")
    seeds = len({seed for seed, _ in runs})
    return Predictions(
        cells=tuple(tables),
        classes=tuple(classes),
        lesion=_lesion_codes(reference.index.get_level_values("image_id"), lesions, name),
        label=pd.Categorical(reference, categories=classes).codes,
        predicted=np.stack(predicted).reshape(len(tables), seeds, -1, len(reference)),
    )


def image_scores_of(
    tables: Mapping[str, pd.DataFrame], lesions: pd.DataFrame, metrics: Sequence[str], name: str
) -> ImageScores:
    """Gather the localisation scores of cells' CAMs on the same images.

    Parameters
    ----------
    tables
        For each cell a table with column image_id and a column a metric (numbers or booleans, NaN where undefined):
        `localisation.parquet` without the images whose true mask is empty.
    lesions, name
        As in `predictions_of`.
    metrics
        Names of the columns to compare.

    Raises
    ------
    ValueError
        There is no table; cells differ in their images; an image occurs twice or has no lesion.
    """
    if not tables:
        raise ValueError(f"{name}: no cells to compare; expected one table per cell")
    frames = {cell: _by_image(table.assign(variant=""), f"{name}: {cell}") for cell, table in tables.items()}
    first = next(iter(frames))
    for cell, frame in frames.items():
        if not frame.index.equals(frames[first].index):
            raise ValueError(f"{name}: the images of {cell} differ from those of {first}; expected the same images")
    return ImageScores(
        cells=tuple(tables),
        metrics=tuple(metrics),
        lesion=_lesion_codes(frames[first].index.get_level_values("image_id"), lesions, name),
        values=np.stack([frame[list(metrics)].to_numpy(np.float64) for frame in frames.values()]),
    )


def _common_runs(tables: Mapping[str, Mapping[Run, pd.DataFrame]], name: str) -> list[Run]:
    if not tables or not next(iter(tables.values())):
        raise ValueError(f"{name}: no predictions to compare; expected a table for each cell, seed and fold")
    first = next(iter(tables))
    runs = sorted(tables[first])
    for cell, folds in tables.items():
        if sorted(folds) != runs:
            raise ValueError(
                f"{name}: {cell} has (seed, fold) {sorted(folds)}, {first} has {runs}; expected the same in every cell"
            )
    every = [(seed, fold) for seed in sorted({s for s, _ in runs}) for fold in sorted({f for _, f in runs})]
    if runs != every:
        raise ValueError(f"{name}: {first} has (seed, fold) {runs}; expected every fold of every seed: {every}")
    return runs


def _by_image(table: pd.DataFrame, where: str) -> pd.DataFrame:
    table = table.set_index(KEYS).sort_index()
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()][0]
        raise ValueError(f"{where}: {twice} occurs twice; expected one row per image and variant")
    return table


def _codes_of_largest(table: pd.DataFrame, where: str) -> np.ndarray:
    _, probabilities, _ = arrays_of(table)
    if not np.isfinite(probabilities).all():
        raise ValueError(f"{where}: a probability is not finite; expected numbers in 0..1")
    return probabilities.argmax(axis=1).astype(np.int16)


def _lesion_codes(image_ids: pd.Index, lesions: pd.DataFrame, name: str) -> np.ndarray:
    known = lesions.drop_duplicates(["image_id", "lesion_id"]).set_index("image_id")["lesion_id"]
    twice = known.index[known.index.duplicated()]
    if len(twice):
        raise ValueError(f"{name}: image {twice[0]} belongs to more than one lesion; expected one")
    lesion = known.reindex(image_ids)
    if lesion.isna().any():
        raise ValueError(
            f"{name}: {int(lesion.isna().sum())} images have no lesion, {image_ids[lesion.isna()][0]} the first; "
            "expected a row of each in the table of lesions"
        )
    return pd.factorize(lesion)[0]
