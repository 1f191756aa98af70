"""Whether probabilities mean what they say: reliability, calibration error, Brier score, and temperature scaling."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from selcn.evaluation.metrics import Labels, labels_and_predictions

BINS = 15
# Where a validation set is classified without an error, the lowest loss lies at a temperature of 0.
TEMPERATURES = (0.05, 20.0)


def reliability(label: Labels, probabilities: np.ndarray, classes: Sequence[str], bins: int = BINS) -> pd.DataFrame:
    """Return how often predictions are right, by the probability that they claim.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`; the claim is a row's largest
    probability.

    Returns
    -------
    DataFrame
        A row a bin, of equal width; columns lower, upper (a bin holds lower < claim <= upper, as Guo et al. 2017 have
        it), images (int64), claimed and right (0..1: mean claim and share of right predictions; NaN in an empty bin).
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
    """Return the expected calibration error, 0..1: the bins' mean gap between claimed and right, weighted by images."""
    gaps = (bins["claimed"] - bins["right"]).abs()
    return float((gaps * bins["images"]).sum() / bins["images"].sum())


def brier_score(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> float:
    """Return the Brier score of several classes, 0..2: the mean over images of the squared error summed over classes.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    truth = label[:, None] == np.asarray(classes)
    return float(((np.asarray(probabilities, np.float64) - truth) ** 2).sum(axis=1).mean())


def calibration_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return ece (15 bins) and brier; parameters and errors as `selcn.evaluation.metrics.symmetry_metrics` has them."""
    return {
        "ece": calibration_error(reliability(label, probabilities, classes)),
        "brier": brier_score(label, probabilities, classes),
    }


def fit_temperature(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> float:
    """Return the temperature that gives validation predictions the lowest cross-entropy.

    To be fitted on validation predictions alone: on those of the test set it would be told what it is to be judged by.
    Other parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.

    Returns
    -------
    float
        Within `TEMPERATURES`; above 1 where the probabilities claim too much. A value at either end stands for a
        minimum that lies beyond it.
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    truth = pd.Index(classes).get_indexer(label)
    logits = _logits(probabilities)

    def cross_entropy(inverse: float) -> float:
        scaled = logits * inverse
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]).mean())

    # Convex in the inverse, so that whatever minimum is found is the one.
    low, high = 1 / TEMPERATURES[1], 1 / TEMPERATURES[0]
    found = minimize_scalar(cross_entropy, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(1 / found.x)


def with_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return what the softmax gives at a temperature, (N, classes) float64; which class is largest stays the same."""
    return softmax(_logits(probabilities) / temperature, axis=1)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    """Return logits up to a constant an image, which no softmax sees: the logarithms of its probabilities."""
    probabilities = np.asarray(probabilities, np.float64)
    # Kept in single precision, a probability may have become 0.
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
