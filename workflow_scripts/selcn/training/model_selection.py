"""Model selection: the best fold of a cross-validation, and the symmetry network's best backbone (section 4.1.2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.storage.artifacts import read_table


def accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the accuracy of predictions, 0..1."""
    probabilities = predictions.filter(regex="^prob_")
    predicted = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(1)]
    return float((predicted == "prob_" + predictions["label"]).mean())


def best_by_test_accuracy(predictions: Sequence[str]) -> int:
    """Return the index of the table with the highest accuracy, the first of ties (thesis, section 5.4.2).

    Parameters
    ----------
    predictions
        Paths of test predictions, one per fold.
    """
    accuracies = [accuracy_of(read_table(path)) for path in predictions]
    return accuracies.index(max(accuracies))


def best_by_validation_loss(histories: Sequence[str]) -> int:
    """Return the index of the training with the lowest validation loss, the first of ties (leakfree protocol).

    A training that diverged, whose last loss is not a number, comes last.

    Parameters
    ----------
    histories
        Paths of the trainings' history.csv, one per fold.
    """
    losses = [pd.read_csv(path)["validation_loss"].min(skipna=False) for path in histories]
    return int(np.argmin(np.nan_to_num(losses, nan=np.inf)))


def balanced_accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the balanced accuracy of predictions, 0..1: the mean recall of the classes."""
    return float(np.mean([accuracy_of(rows) for _, rows in predictions.groupby("label")]))


def balanced_accuracies(predictions: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the mean balanced accuracy of each backbone over its folds, in the given order.

    Parameters
    ----------
    predictions
        Paths of validation predictions by backbone, one per fold.
    """
    return {
        name: float(np.mean([balanced_accuracy_of(read_table(path)) for path in paths]))
        for name, paths in predictions.items()
    }


def best_backbone(accuracies: Mapping[str, float]) -> str:
    """Return the backbone with the highest balanced accuracy, the first of ties."""
    return max(accuracies, key=accuracies.__getitem__)
