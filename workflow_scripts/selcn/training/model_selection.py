"""Model selection: the best fold of a cross-validation, and the symmetry network's best backbone (section 4.1.2)."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.data.predictions import fault_of
from selcn.storage.artifacts import read_table
from selcn.training.errors import TrainingFailedError


def accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the accuracy of predictions, 0..1."""
    probabilities = predictions.filter(regex="^prob_")
    predicted = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(1)]
    return float((predicted == "prob_" + predictions["label"]).mean())


def best_by_test_accuracy(predictions: Sequence[str]) -> int:
    """Return the index of the table with the highest accuracy, the first of ties (thesis, section 5.4.2).

    A failed network comes last.

    Parameters
    ----------
    predictions
        Paths of test predictions, one per fold.
    """
    return int(np.argmax([score_of(read_table(path), accuracy_of) for path in predictions]))


def best_by_validation_loss(histories: Sequence[str]) -> int:
    """Return the index of the training with the lowest validation loss, the first of ties (leakfree protocol).

    A training that diverged, whose last losses are not finite, comes last.

    Parameters
    ----------
    histories
        Paths of the trainings' history.csv, one per fold.
    """
    losses = [pd.read_csv(path)[["train_loss", "validation_loss"]] for path in histories]
    lowest = [own["validation_loss"].min() if np.isfinite(own.to_numpy()).all() else np.inf for own in losses]
    return int(np.argmin(lowest))


def score_of(predictions: pd.DataFrame, metric: Callable[[pd.DataFrame], float]) -> float:
    """Return a metric of a network's predictions; -inf of a failed network."""
    return -np.inf if fault_of(predictions) else metric(predictions)


def balanced_accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the balanced accuracy of predictions, 0..1: the mean recall of the classes."""
    return float(np.mean([accuracy_of(rows) for _, rows in predictions.groupby("label")]))


def balanced_accuracies(predictions: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the mean balanced accuracy of each backbone over its folds, in the given order; -inf where one failed.

    Parameters
    ----------
    predictions
        Paths of validation predictions by backbone, one per fold.
    """
    return {
        name: float(np.mean([score_of(read_table(path), balanced_accuracy_of) for path in paths]))
        for name, paths in predictions.items()
    }


def best_backbone(accuracies: Mapping[str, float]) -> str:
    """Return the backbone with the highest balanced accuracy, the first of ties.

    Raises
    ------
    TrainingFailedError
        Every backbone failed.
    """
    best = max(accuracies, key=accuracies.__getitem__)
    if accuracies[best] == -np.inf:
        raise TrainingFailedError(
            f"every backbone failed ({', '.join(accuracies)}): constant or non-finite predictions; lower learning_rate "
            "in symmetry.training, or set symmetry.backbone"
        )
    return best
