"""Predictions of an external set, by whether the networks have seen the lesion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import multilabel_confusion_matrix

from selcn.evaluation.carried_thresholds import carried_thresholds
from selcn.evaluation.cross_validation import (
    arrays_of,
    class_metrics_of_folds,
    classes_of,
    metrics_of_folds,
    spread,
)
from selcn.evaluation.further_metrics import calibration_of_folds, further_metrics, rankings_of_folds
from selcn.evaluation.metrics import labels_and_predictions, lesion_metrics
from selcn.evaluation.out_of_distribution import detection_of_folds
from selcn.evaluation.subgroups import measure_gaps, measure_subgroups

SUBSETS = ("all", "seen", "unseen")
"""Images of the networks' classes: all, those of lesions that the network was trained on, and the others."""

OUTSIDE = "outside"
"""Images of no class of the networks, of lesions that the network was not trained on."""


@dataclass(frozen=True)
class ExternalSettings:
    """Settings of the evaluation of external sets.

    Attributes
    ----------
    sensitivities
        Sensitivities on the validation set, above 0 and below 1, that decision thresholds are chosen for
        (`external.sensitivities` of the configuration).
    resamples, seed
        Bootstrap resamples of the lesions, and the seed that they are drawn with (`comparisons.draws`, `.seed`).
    """

    sensitivities: Sequence[float]
    resamples: int
    seed: int


def subsets_of(predictions: pd.DataFrame, groups: pd.DataFrame, external: str, trained: pd.Series) -> dict:
    """Divide one network's predictions of an external set.

    Parameters
    ----------
    predictions
        Columns image_id, label and prob_<class> of every class that the network knows.
    groups
        The lesion of every image of all data sets; columns dataset, image_id and group.
    external
        The external set.
    trained
        Ids of the images that the network was trained on, in any variant.

    Returns
    -------
    dict
        Rows of each of `SUBSETS` and of `OUTSIDE`.
    """
    lesion = groups[groups["dataset"] == external].set_index("image_id")["group"]
    # An id names one image, and so one lesion, in all data sets.
    trained_on = set(groups.loc[groups["image_id"].isin(set(trained)), "group"])
    seen = predictions["image_id"].map(lesion).isin(trained_on)
    known = predictions["label"].isin(classes_of(predictions))
    rows = {"all": known, "seen": known & seen, "unseen": known & ~seen, OUTSIDE: ~known & ~seen}
    return {name: predictions[chosen] for name, chosen in rows.items()}


def metrics_of_external(
    validation: Sequence[pd.DataFrame], divided: Sequence[Mapping[str, pd.DataFrame]]
) -> dict[str, dict]:
    """Return the metrics of a cell's networks on an external set.

    Parameters
    ----------
    validation
        Each network's predictions of its validation set, which its temperature is fitted on.
    divided
        Each network's predictions by `subsets_of`, in the same order.

    Returns
    -------
    dict
        For each of `SUBSETS` that has images in all networks its metrics, over networks; `classes`: the metrics of
        each class by subset; `images`: the first network's number of images by subset; `unfamiliar`: the detection of
        `OUTSIDE` among the unseen, where there are such images.
    """
    tables = {name: [subsets[name] for subsets in divided] for name in (*SUBSETS, OUTSIDE)}
    tables = {name: folds for name, folds in tables.items() if all(map(len, folds))}
    metrics: dict[str, dict] = {"classes": {}, "images": {name: len(folds[0]) for name, folds in tables.items()}}
    for name in (name for name in SUBSETS if name in tables):
        folds = tables[name]
        metrics[name] = metrics_of_folds(folds, lesion_metrics) | metrics_of_folds(folds, further_metrics)
        metrics[name] |= calibration_of_folds(validation, folds)
        classes, rankings = class_metrics_of_folds(folds), rankings_of_folds(folds)
        rates = rates_of_folds(folds)
        metrics["classes"][name] = {label: classes[label] | rankings[label] | rates[label] for label in classes}
    if OUTSIDE in tables and "unseen" in tables:
        metrics["unfamiliar"] = detection_of_folds(tables["unseen"], tables[OUTSIDE])
    return metrics


def rates_of_folds(folds: Sequence[pd.DataFrame]) -> dict[str, dict]:
    """Return sensitivity and specificity of each class against the rest, over folds; NaN where undefined."""
    rates = [_rates(table) for table in folds]
    return {
        name: {
            "sensitivity": spread([of_fold[k, 0] for of_fold in rates]),
            "specificity": spread([of_fold[k, 1] for of_fold in rates]),
        }
        for k, name in enumerate(classes_of(folds[0]))
    }


def _rates(predictions: pd.DataFrame) -> np.ndarray:
    """Return the sensitivity and specificity of each class, (classes, 2)."""
    label, probabilities, classes = arrays_of(predictions)
    label, predicted = labels_and_predictions(label, probabilities, classes)
    # Of each class, by truth: [negatives, positives], of which those that are right.
    counts = multilabel_confusion_matrix(label, predicted, labels=classes)
    right = np.stack([counts[:, 1, 1], counts[:, 0, 0]], axis=1)
    of_truth = counts.sum(axis=2)[:, ::-1]
    return np.divide(right, of_truth, out=np.full(right.shape, np.nan), where=of_truth > 0)


def unseen_by_all(
    folds: Sequence[pd.DataFrame], groups: pd.DataFrame, external: str, trained: Sequence[pd.Series]
) -> list[pd.DataFrame]:
    """Return every network's predictions of the images whose lesion none of them was trained on.

    Each network has its own unseen images, so what is computed image by image needs those common to all.

    Parameters
    ----------
    folds, trained
        Each network's predictions and training images; further parameters are those of `subsets_of`.
    """
    ids = pd.concat(trained).drop_duplicates()
    return [subsets_of(table, groups, external, ids)["unseen"] for table in folds]


def metrics_of_unseen(
    validation: Sequence[pd.DataFrame],
    unseen: Sequence[pd.DataFrame],
    patients: pd.DataFrame,
    settings: ExternalSettings,
) -> dict[str, list[dict]]:
    """Return what needs the same images from every network: decision thresholds, subgroups and gaps between them.

    Parameters
    ----------
    validation, unseen
        Predictions of the same networks in the same order: of their validation sets, and those of `unseen_by_all`.
    patients
        See `selcn.evaluation.subgroups.measure_subgroups`.

    Returns
    -------
    dict
        Rows of `carried_thresholds` (thresholds), `measure_subgroups` (subgroups) and `measure_gaps` (gaps); empty
        where there are no such images. Every cell has the same resamples.
    """
    if unseen[0].empty:
        return {}
    # The networks' tables have the images in one order only by chance.
    unseen = [table.sort_values("image_id", ignore_index=True) for table in unseen]
    lesions = patients.set_index("image_id")["group"]
    drawn = [(settings.resamples, np.random.default_rng(settings.seed)) for _ in range(3)]
    measured = {
        "thresholds": carried_thresholds(validation, unseen, lesions, settings.sensitivities, *drawn[0]),
        "subgroups": measure_subgroups(unseen, patients, *drawn[1]),
        "gaps": measure_gaps(unseen, patients, *drawn[2]),
    }
    return {name: table.to_dict("records") for name, table in measured.items()}
