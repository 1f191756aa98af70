"""Out-of-distribution detection: scores of a network's uncertainty, and how well they detect unknown classes."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from selcn.evaluation.cross_validation import arrays_of, spread

# The logarithm of the sum of a row's exponentiated logits, which probabilities no longer contain.
LOGSUMEXP = "logsumexp"


def doubt(predictions: pd.DataFrame) -> np.ndarray:
    """Return 1 - the maximum softmax probability of each image, (N,), 0..1 (Hendrycks and Gimpel 2017)."""
    return 1 - arrays_of(predictions)[1].max(axis=1)


def entropy(predictions: pd.DataFrame) -> np.ndarray:
    """Return the entropy of each image's probabilities, (N,), in nats."""
    probabilities = arrays_of(predictions)[1].astype(np.float64)
    return -(probabilities * np.log(np.where(probabilities > 0, probabilities, 1))).sum(axis=1)


def energy(predictions: pd.DataFrame) -> np.ndarray:
    """Return the energy of each image's logits at temperature 1, (N,) (Liu et al. 2020).

    It cannot be computed from probabilities, since the softmax removes it from the logits.

    Raises
    ------
    ValueError
        The predictions have no column `logsumexp`.
    """
    if LOGSUMEXP not in predictions:
        raise ValueError(
            f"predictions have columns {', '.join(predictions.columns)}; the energy needs {LOGSUMEXP}, the "
            "logarithm of the sum of the exponentiated logits: predict again with a version that keeps it"
        )
    return -predictions[LOGSUMEXP].to_numpy(np.float64)


def out_of_distribution_auroc(
    known: pd.DataFrame, unknown: pd.DataFrame, score: Callable[[pd.DataFrame], np.ndarray]
) -> float:
    """Return the AUROC of a score that separates out-of-distribution from in-distribution images.

    Parameters
    ----------
    known, unknown
        One network's predictions of in-distribution and out-of-distribution images; labels are ignored.
    score
        `doubt`, `entropy` or `energy`.

    Returns
    -------
    float
        Area under the ROC curve, 0..1: the share of pairs in which the out-of-distribution image has the higher score,
        ties counted half; NaN where either table is empty.
    """
    if known.empty or unknown.empty:
        return float("nan")
    scores = [score(known), score(unknown)]
    outside = np.repeat([False, True], [len(known), len(unknown)])
    return float(roc_auc_score(outside, np.concatenate(scores)))


def detection_of_folds(known: Sequence[pd.DataFrame], unknown: Sequence[pd.DataFrame]) -> dict[str, dict | int]:
    """Return the AUROC of out-of-distribution detection over folds; both lists are in the order of the folds.

    Returns
    -------
    dict
        max_softmax (by `doubt`) and energy, over folds; familiar and unfamiliar, the first fold's numbers of
        in-distribution and out-of-distribution images.
    """
    pairs = list(zip(known, unknown, strict=True))
    return {
        **{
            name: spread([out_of_distribution_auroc(*pair, score) for pair in pairs])
            for name, score in (("max_softmax", doubt), ("energy", energy))
        },
        "familiar": len(known[0]),
        "unfamiliar": len(unknown[0]),
    }
