"""What a bundle takes from its networks' predictions: temperature, decision thresholds and metrics."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.calibration import calibration_metrics, fit_temperature, with_temperature
from selcn.evaluation.carried_thresholds import decisions_of, threshold_at
from selcn.evaluation.cross_validation import arrays_of
from selcn.evaluation.further_metrics import further_metrics
from selcn.evaluation.metrics import lesion_metrics


def pooled_validation(networks: Sequence[TrainedNetwork], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the validation predictions of all folds together, each image's mean over seeds, as one table.

    In the development set every image is validated by the networks of one fold, which were not trained on it.
    """
    of_folds: dict[int, list[pd.DataFrame]] = {}
    for network, table in zip(networks, tables, strict=True):
        of_folds.setdefault(network.fold, []).append(table)
    return pd.concat(map(mean_predictions, of_folds.values()), ignore_index=True)


def mean_predictions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the mean over networks of predictions of the same images in the same order.

    Raises
    ------
    ValueError
        The images differ.
    """
    mean = tables[0].copy()
    if any(not table["image_id"].equals(mean["image_id"]) for table in tables):
        raise ValueError("the networks' predictions are not of the same images in one order; run them again")
    columns = [name for name in mean if name.startswith("prob_")]
    mean[columns] = np.mean([table[columns].to_numpy(np.float64) for table in tables], axis=0)
    return mean


def metrics_of_mean(tables: Sequence[pd.DataFrame], temperature: float) -> dict[str, float]:
    """Return the metrics of a bundle's probabilities, the mean of its networks' scaled by its temperature.

    Parameters
    ----------
    tables
        Test predictions of each network.
    """
    label, probabilities, classes = arrays_of(mean_predictions(tables))
    scaled = with_temperature(probabilities, temperature)
    values = {
        **lesion_metrics(label, scaled, classes),
        **further_metrics(label, scaled, classes),
        **calibration_metrics(label, scaled, classes),
    }
    return {"images": len(label)} | {name: values[name] for name in METRICS}


METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "macro_auc", "ece")


def calibrated(validation: pd.DataFrame, sensitivities: Sequence[float]) -> tuple[float, dict[str, Any]]:
    """Return the temperature of a bundle's probabilities, and its decision thresholds.

    Parameters
    ----------
    validation
        See `pooled_validation`.
    sensitivities
        Those that the thresholds reach on it.

    Returns
    -------
    temperature : float
        See `selcn.evaluation.calibration.fit_temperature`.
    thresholds : dict
        For each decision its positive classes, and for each sensitivity the lowest sum of their probabilities, after
        the temperature, that counts as positive, None without any
        positive image.
    """
    label, probabilities, classes = arrays_of(validation)
    temperature = fit_temperature(label, probabilities, classes)
    scaled = with_temperature(probabilities, temperature)
    thresholds = {}
    for decision, positive in decisions_of(classes).items():
        chosen = np.isin(classes, positive)
        score, truth = scaled[:, chosen].sum(axis=1), np.isin(label, positive)
        # JSON has no NaN.
        reached = {str(share): threshold_at(truth, score, share) for share in sensitivities}
        at = {share: None if np.isnan(threshold) else threshold for share, threshold in reached.items()}
        thresholds[decision] = {"classes": list(positive), "at_sensitivity": at}
    return temperature, thresholds
