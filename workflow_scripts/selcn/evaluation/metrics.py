"""Metrics of section 5.3.1: segmentation, symmetry classification and lesion classification."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    precision_recall_fscore_support,
)

Labels: TypeAlias = Sequence[str] | np.ndarray
"""The classes of N images."""


def segmentation_scores(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the segmentation metrics of table 5 for each image.

    Parameters
    ----------
    counts
        Table of `selcn.masks.pixel_counts.pixel_counts`, N rows.

    Returns
    -------
    DataFrame
        N rows in the given order; columns dice, sensitivity, specificity, accuracy (float64, 0..1). Dice is 1 where
        both masks are empty; sensitivity is NaN where the true mask is empty, specificity where it is the whole image.
    """
    tp, fp, fn, tn = (counts[name].to_numpy() for name in ("tp", "fp", "fn", "tn"))
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "dice": np.where(tp + fp + fn == 0, 1.0, 2 * tp / (2 * tp + fp + fn)),
                "sensitivity": tp / (tp + fn),
                "specificity": tn / (tn + fp),
                "accuracy": (tp + tn) / (tp + fp + fn + tn),
            }
        )


def symmetry_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return the metrics of tables 6a and 6b.

    Parameters
    ----------
    label
        True class of each of N images, each one of `classes`.
    probabilities
        Shape (N, classes), finite; the largest of a row is the prediction, the first of ties.
    classes
        Names, in the order of the columns.

    Returns
    -------
    dict
        balanced_accuracy (mean recall over the classes in the truth), kappa (-1..1; NaN where truth and prediction
        are one and the same class throughout), and weighted_precision, weighted_recall, weighted_f1, weighted by the
        classes' support; a class never predicted has a precision of 0.

    Raises
    ------
    ValueError
        There are no images, the shapes do not match, a label is none of the classes, or a probability is not finite.
    """
    label, predicted = labels_and_predictions(label, probabilities, classes)
    return {
        "balanced_accuracy": float(balanced_accuracy_score(label, predicted)),
        "kappa": float(cohen_kappa_score(label, predicted, labels=list(classes))),
        **_averages(label, predicted, classes, "weighted"),
    }


def lesion_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return the metrics of tables 8, 10, 13 and 14.

    Parameters and errors are those of `symmetry_metrics`.

    Returns
    -------
    dict
        accuracy, kappa, and macro_precision, macro_recall, macro_f1 as unweighted means over all of `classes`: a class
        neither in the truth nor in the predictions counts as 0, so that every test set averages the same classes.
    """
    label, predicted = labels_and_predictions(label, probabilities, classes)
    return {
        "accuracy": float(accuracy_score(label, predicted)),
        "kappa": float(cohen_kappa_score(label, predicted, labels=list(classes))),
        **_averages(label, predicted, classes, "macro"),
    }


def class_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """Return precision, recall and F1 of each class (tables 11 and 12).

    Parameters and errors are those of `symmetry_metrics`.

    Returns
    -------
    DataFrame
        One row per class in the order of `classes`; columns class, precision, recall, f1 (0..1, 0 where undefined) and
        support (int64, images of the class in the truth).
    """
    label, predicted = labels_and_predictions(label, probabilities, classes)
    scores = precision_recall_fscore_support(label, predicted, labels=list(classes), zero_division=0)
    table = pd.DataFrame(dict(zip(("precision", "recall", "f1", "support"), scores, strict=True)))
    table.insert(0, "class", list(classes))
    return table


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the population standard deviation (ddof 0) of a metric over the folds.

    A NaN among the values makes both NaN: a fold without a value is not left out silently.

    Raises
    ------
    ValueError
        There are no values.
    """
    if len(values) == 0:
        raise ValueError("no values to average; expected one for each fold")
    return float(np.mean(values)), float(np.std(values))


def labels_and_predictions(
    label: Labels, probabilities: np.ndarray, classes: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predicted classes, (N,) each; parameters and errors are those of `symmetry_metrics`."""
    label, probabilities = np.asarray(label), np.asarray(probabilities)
    if len(label) == 0 or probabilities.shape != (len(label), len(classes)):
        raise ValueError(
            f"{len(label)} labels and probabilities of shape {probabilities.shape}; "
            f"expected at least one label and shape ({len(label)}, {len(classes)})"
        )
    if not np.isfinite(probabilities).all():
        raise ValueError("a probability is not finite; expected numbers in 0..1")
    unknown = sorted(set(label.tolist()) - set(classes))
    if unknown:
        raise ValueError(f"labels {unknown} are none of the classes {list(classes)}")
    return label, np.asarray(classes)[probabilities.argmax(axis=1)]


def _averages(label: np.ndarray, predicted: np.ndarray, classes: Sequence[str], average: str) -> dict[str, float]:
    precision, recall, f1, _ = precision_recall_fscore_support(
        label, predicted, labels=list(classes), average=average, zero_division=0
    )
    return {
        f"{average}_precision": float(precision),
        f"{average}_recall": float(recall),
        f"{average}_f1": float(f1),
    }
