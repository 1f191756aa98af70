"""Whether a network is less sure of images of a kind that it was not trained on (out-of-distribution detection)."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from selcn.evaluation.cross_validation import arrays_of, spread

# The logarithm of the sum of a row's exponentiated logits, which probabilities have lost.
LOGSUMEXP = "logsumexp"


def doubt(predictions: pd.DataFrame) -> np.ndarray:
    """Return 1 - the largest probability of each image, (N,), as Hendrycks and Gimpel 2017 have it."""
    return 1 - arrays_of(predictions)[1].max(axis=1)


def entropy(predictions: pd.DataFrame) -> np.ndarray:
    """Return the entropy of each image's probabilities, (N,), in nats."""
    probabilities = arrays_of(predictions)[1].astype(np.float64)
    return -(probabilities * np.log(np.where(probabilities > 0, probabilities, 1))).sum(axis=1)


def energy(predictions: pd.DataFrame) -> np.ndarray:
    """Return the energy of each image's logits at temperature 1, (N,), as Liu et al. 2020 have it.

    It cannot be had of probabilities: they are the logits less this very number.

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


def unfamiliar_auroc(
    familiar: pd.DataFrame, unfamiliar: pd.DataFrame, score: Callable[[pd.DataFrame], np.ndarray]
) -> float:
    """Return how well a score tells unfamiliar images from familiar ones.

    Parameters
    ----------
    familiar, unfamiliar
        Predictions of one network; labels do not matter, so that those of the unfamiliar may be of no class of its own.
    score
        `doubt`, `entropy` or `energy`.

    Returns
    -------
    float
        Area under the ROC curve, 0..1: the share of pairs in which the unfamiliar image has the higher score, equal
        ones counted half; NaN where either table is empty.
    """
    if familiar.empty or unfamiliar.empty:
        return float("nan")
    scores = [score(familiar), score(unfamiliar)]
    strange = np.repeat([False, True], [len(familiar), len(unfamiliar)])
    return float(roc_auc_score(strange, np.concatenate(scores)))


def unfamiliar_of_folds(familiar: Sequence[pd.DataFrame], unfamiliar: Sequence[pd.DataFrame]) -> dict[str, dict | int]:
    """Return how well folds tell unfamiliar images from familiar ones; both lists are in the order of the folds.

    Returns
    -------
    dict
        The area under the ROC curve by max_softmax (`doubt`) and by energy, over folds; how many images are familiar
        and how many unfamiliar, of the first fold.
    """
    pairs = list(zip(familiar, unfamiliar, strict=True))
    return {
        **{
            name: spread([unfamiliar_auroc(*pair, score) for pair in pairs])
            for name, score in (("max_softmax", doubt), ("energy", energy))
        },
        "familiar": len(familiar[0]),
        "unfamiliar": len(unfamiliar[0]),
    }
