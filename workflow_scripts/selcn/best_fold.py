"""Which of a cross-validation's networks is the best."""

from collections.abc import Sequence

import pandas as pd

from selcn.artifacts import read_table


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
