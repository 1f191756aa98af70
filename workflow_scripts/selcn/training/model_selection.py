"""The best network of a cross-validation, and the best backbone of the symmetry network (section 4.1.2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.storage.artifacts import read_table


def accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the share of images whose most probable class is their label."""
    probabilities = predictions.filter(regex="^prob_")
    predicted = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(1)]
    return float((predicted == "prob_" + predictions["label"]).mean())


def best_by_test_accuracy(predictions: Sequence[str]) -> int:
    """Return the place of the table with the highest accuracy; the first of equals (thesis, section 5.4.2).

    Parameters
    ----------
    predictions
        Paths of test predictions, one a fold.
    """
    accuracies = [accuracy_of(read_table(path)) for path in predictions]
    return accuracies.index(max(accuracies))


def best_by_validation_loss(histories: Sequence[str]) -> int:
    """Return the place of the training with the lowest validation loss; the first of equals (leakfree protocol).

    Parameters
    ----------
    histories
        Paths of the trainings' history.csv, one a fold.
    """
    losses = [float(pd.read_csv(path)["validation_loss"].min()) for path in histories]
    return losses.index(min(losses))


def balanced_accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the mean over the classes of the share of their images that are predicted right."""
    return float(np.mean([accuracy_of(rows) for _, rows in predictions.groupby("label")]))


def balanced_accuracies(predictions: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the mean balanced accuracy of each backbone over its folds, in the given order.

    Parameters
    ----------
    predictions
        Paths of validation predictions by backbone, one a fold.
    """
    return {
        name: float(np.mean([balanced_accuracy_of(read_table(path)) for path in paths]))
        for name, paths in predictions.items()
    }


def best_backbone(accuracies: Mapping[str, float]) -> str:
    """Return the backbone with the highest balanced accuracy; the first of equals."""
    return max(accuracies, key=accuracies.__getitem__)
