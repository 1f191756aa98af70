"""Calibration: reliability diagram, expected calibration error, Brier score and temperature scaling."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from selcn.evaluation.metrics import Labels, labels_and_predictions

BINS = 15
# Bounds of the search: on a validation set classified without an error, the loss is lowest at a temperature of 0.
TEMPERATURES = (0.05, 20.0)


def reliability(label: Labels, probabilities: np.ndarray, classes: Sequence[str], bins: int = BINS) -> pd.DataFrame:
    """Return the reliability diagram: confidence and accuracy by bin of confidence (Guo et al. 2017).

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`; the confidence is a row's largest
    probability.

    Returns
    -------
    DataFrame
        One row per bin, of equal width; columns lower, upper (a bin holds lower < confidence <= upper), images (int64),
        claimed and right (0..1: mean confidence and accuracy; NaN in an empty bin).
    """
    label, predicted = labels_and_predictions(label, probabilities, classes)
    claim = np.asarray(probabilities, np.float64).max(axis=1)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(claim, edges, right=True) - 1, 0, bins - 1)
    images, claims, hits = (np.bincount(place, values, bins) for values in (None, claim, predicted == label))
    with np.errstate(invalid="ignore"):
        claimed, right = claims / images, hits / images
    columns = {"lower": edges[:-1], "upper": edges[1:], "images": images, "claimed": claimed, "right": right}
    return pd.DataFrame(columns)


def calibration_error(bins: pd.DataFrame) -> float:
    """Return the expected calibration error, 0..1: the mean gap between confidence and accuracy, weighted by images."""
    gaps = (bins["claimed"] - bins["right"]).abs()
    return float((gaps * bins["images"]).sum() / bins["images"].sum())


def brier_score(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> float:
    """Return the multi-class Brier score, 0..2: the mean over images of the squared error summed over classes.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    truth = label[:, None] == np.asarray(classes)
    return float(((np.asarray(probabilities, np.float64) - truth) ** 2).sum(axis=1).mean())


def calibration_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return ece (15 bins) and brier; parameters and errors as in `selcn.evaluation.metrics.symmetry_metrics`."""
    return {
        "ece": calibration_error(reliability(label, probabilities, classes)),
        "brier": brier_score(label, probabilities, classes),
    }


def fit_temperature(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> float:
    """Return the temperature that minimises the cross-entropy of validation predictions.

    Fit it on validation predictions only: on the test set it would use the labels that it is evaluated by. Parameters
    and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.

    Returns
    -------
    float
        Within `TEMPERATURES`; above 1 for overconfident networks. A value at either bound means that the minimum lies
        beyond it.
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    truth = pd.Index(classes).get_indexer(label)
    logits = _logits(probabilities)

    def cross_entropy(inverse: float) -> float:
        scaled = logits * inverse
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]).mean())

    # Convex in the inverse temperature, so a local minimum is the global one.
    low, high = 1 / TEMPERATURES[1], 1 / TEMPERATURES[0]
    found = minimize_scalar(cross_entropy, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(1 / found.x)


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities scaled by a temperature, (N, classes) float64; the predicted classes stay the same."""
    return softmax(_logits(probabilities) / temperature, axis=1)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    """Return logits up to a constant per image, to which the softmax is invariant: the logarithms of probabilities."""
    probabilities = np.asarray(probabilities, np.float64)
    # A probability saved in single precision may be 0.
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
