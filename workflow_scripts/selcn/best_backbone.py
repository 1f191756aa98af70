"""Which backbone of the symmetry network is the best, by balanced accuracy on validation images (section 4.1.2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.artifacts import read_table
from selcn.best_fold import accuracy_of


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
    return max(accuracies, key=accuracies.get)
