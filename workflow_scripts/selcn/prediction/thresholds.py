"""What a bundle takes from its networks' validation predictions: temperature and decision thresholds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.calibration import fit_temperature, with_temperature
from selcn.evaluation.carried_thresholds import decisions_of, threshold_at
from selcn.evaluation.cross_validation import arrays_of


def pooled_validation(networks: Sequence[TrainedNetwork], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the validation predictions of all folds together, (columns as in `tables`), each image's mean over seeds.

    In the development set every image is validated by the networks of one fold, which were not trained on it.
    """
    folds = sorted({network.fold for network in networks})
    return pd.concat([_mean_of(networks, tables, fold) for fold in folds], ignore_index=True)


def _mean_of(networks: Sequence[TrainedNetwork], tables: Sequence[pd.DataFrame], fold: int) -> pd.DataFrame:
    own = [table for network, table in zip(networks, tables, strict=True) if network.fold == fold]
    mean = own[0].copy()
    columns = [name for name in mean if name.startswith("prob_")]
    mean[columns] = np.mean([table[columns].to_numpy(np.float64) for table in own], axis=0)
    return mean


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
        the temperature, that counts as positive.
    """
    label, probabilities, classes = arrays_of(validation)
    temperature = fit_temperature(label, probabilities, classes)
    scaled = with_temperature(probabilities, temperature)
    thresholds = {}
    for decision, positive in decisions_of(classes).items():
        chosen = np.isin(classes, positive)
        score, truth = scaled[:, chosen].sum(axis=1), np.isin(label, positive)
        at = {str(sensitivity): threshold_at(truth, score, sensitivity) for sensitivity in sensitivities}
        thresholds[decision] = {"classes": list(positive), "at_sensitivity": at}
    return temperature, thresholds
