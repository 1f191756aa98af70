"""Metrics of a cross-validation, from the saved predictions of its folds."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from selcn.evaluation.metrics import class_metrics, mean_and_sd
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table


def tables_of(inputs, subsets: Iterable[str]) -> dict[str, list[pd.DataFrame]]:
    """Read the predictions of some subsets, one table per network.

    Parameters
    ----------
    inputs
        A job's inputs: under the name of each subset the networks' predictions, always in the same order.
    """
    return {subset: [read_table(path) for path in as_list(inputs[subset])] for subset in subsets}


def classes_of(predictions: pd.DataFrame) -> list[str]:
    """Return the classes of a table of predictions, from its columns prob_<class>."""
    return [column.removeprefix("prob_") for column in predictions if column.startswith("prob_")]


def arrays_of(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return labels (N,), probabilities (N, classes) and classes of a table of predictions."""
    classes = classes_of(predictions)
    probabilities = predictions[[f"prob_{name}" for name in classes]].to_numpy()
    return predictions["label"].to_numpy(), probabilities, classes


def metrics_of_folds(folds: Sequence[pd.DataFrame], metrics: Callable[..., dict[str, float]]) -> dict[str, dict]:
    """Return the mean, the population standard deviation and the folds' values of each metric."""
    values = [metrics(*arrays_of(table)) for table in folds]
    return {name: spread([value[name] for value in values]) for name in values[0]}


def spread(values: Sequence[float]) -> dict[str, float | list[float]]:
    """Return mean, sd (ddof 0) and folds, the values themselves."""
    mean, sd = mean_and_sd(values)
    return {"mean": mean, "sd": sd, "folds": [float(value) for value in values]}


def class_metrics_of_folds(folds: Sequence[pd.DataFrame]) -> dict[str, dict]:
    """Return precision, recall and F1 of each class over folds, and its support (tables 11 and 12 of the thesis)."""
    frames = [class_metrics(*arrays_of(table)).set_index("class") for table in folds]
    out: dict[str, dict] = {}
    for name in classes_of(folds[0]):
        rows = [frame.loc[name] for frame in frames]
        out[name] = {metric: spread([row[metric] for row in rows]) for metric in ("precision", "recall", "f1")}
        out[name]["support"] = int(rows[0]["support"])
    return out
