"""Predictions of an external set, by whether the networks have seen the lesion."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.evaluation.cross_validation import class_metrics_of_folds, classes_of, metrics_of_folds
from selcn.evaluation.further_metrics import calibration_of_folds, further_metrics, rankings_of_folds
from selcn.evaluation.metrics import lesion_metrics
from selcn.evaluation.out_of_distribution import detection_of_folds

SUBSETS = ("all", "seen", "unseen")
"""Images of the networks' classes: all, those of lesions that the network was trained on, and the others."""

OUTSIDE = "outside"
"""Images of no class of the networks, of lesions that the network was not trained on."""


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
        metrics["classes"][name] = {label: classes[label] | rankings[label] for label in classes}
    if OUTSIDE in tables and "unseen" in tables:
        metrics["unfamiliar"] = detection_of_folds(tables["unseen"], tables[OUTSIDE])
    return metrics
