"""Which of a cross-validation's networks is the best, by accuracy on the test images (section 5.4.2)."""

from collections.abc import Sequence

import pandas as pd

from selcn.artifacts import read_table


def accuracy_of(predictions: pd.DataFrame) -> float:
    """Return the share of images whose most probable class is their label."""
    probabilities = predictions.filter(regex="^prob_")
    predicted = probabilities.columns.to_numpy()[probabilities.to_numpy().argmax(1)]
    return float((predicted == "prob_" + predictions["label"]).mean())


def best_of(predictions: Sequence[str]) -> int:
    """Return the place of the table with the highest accuracy; the first of equals.

    Parameters
    ----------
    predictions
        Paths of test predictions, one a fold.
    """
    accuracies = [accuracy_of(read_table(path)) for path in predictions]
    return accuracies.index(max(accuracies))
