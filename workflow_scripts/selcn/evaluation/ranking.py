"""Ranking metrics of class probabilities: AUC, average precision, sensitivity at a given specificity."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from selcn.evaluation.metrics import Labels, labels_and_predictions

# Labels of melanoma, in HAM10000, in ISIC2016, and by its name.
MELANOMA = ("mel", "malignant", "melanoma")
SPECIFICITIES = (0.8, 0.9, 0.95)


def ranking_of_classes(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision of each class, one against the rest.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.

    Returns
    -------
    DataFrame
        One row per class in the order of `classes`; columns class, auc, average_precision (0..1; NaN where no image or
        every image is of the class) and support (int64, images of the class).
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    rows = []
    for name, score in zip(classes, np.asarray(probabilities).T, strict=True):
        positive = label == name
        ranked = 0 < positive.sum() < len(positive)
        rows.append(
            {
                "class": name,
                "auc": roc_auc_score(positive, score) if ranked else np.nan,
                "average_precision": average_precision_score(positive, score) if ranked else np.nan,
                "support": positive.sum(),
            }
        )
    return pd.DataFrame(rows)


def macro_ranking(ranking: pd.DataFrame) -> dict[str, float]:
    """Return the unweighted means of `ranking_of_classes` over the classes with a value, and the number of these.

    Returns
    -------
    dict
        macro_auc, macro_average_precision (NaN where no class has a value) and ranked_classes.
    """
    return {
        "macro_auc": float(ranking["auc"].mean()),
        "macro_average_precision": float(ranking["average_precision"].mean()),
        "ranked_classes": int(ranking["auc"].notna().sum()),
    }


def sensitivity_at(positive: np.ndarray, score: np.ndarray, specificity: float) -> float:
    """Return the highest sensitivity of any threshold whose specificity is at least a given one.

    Exact on the empirical ROC curve: images of equal score are classified alike, and thresholds are not interpolated.

    Parameters
    ----------
    positive
        bool (N,), the truth.
    score
        Shape (N,); the higher, the more likely positive.
    specificity
        0..1.

    Returns
    -------
    float
        0..1; NaN where all images are positive, or none is.

    Raises
    ------
    ValueError
        `specificity` is not in 0..1.
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"specificity is {specificity}; expected 0 to 1")
    negatives = int(np.sum(~positive))
    if negatives in (0, len(positive)):
        return float("nan")
    false_alarms, sensitivity, _ = roc_curve(positive, score, drop_intermediate=False)
    # Compare numbers of images: in floating point, 1 false alarm in 10 may exceed 1 - 0.9.
    allowed = math.floor(negatives * (1 - specificity) + 1e-9)
    return float(sensitivity[np.rint(false_alarms * negatives) <= allowed].max())


def melanoma_sensitivities(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return the sensitivity for melanoma at specificities of 80, 90 and 95 %.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.

    Returns
    -------
    dict
        melanoma_sensitivity_at_80, _90, _95 (0..1; NaN where the images have no melanoma or only melanomas); empty
        where none of the classes is melanoma.
    """
    label, _ = labels_and_predictions(label, probabilities, classes)
    columns = [k for k, name in enumerate(classes) if name in MELANOMA]
    return {
        f"melanoma_sensitivity_at_{specificity:.0%}".rstrip("%"): sensitivity_at(
            label == classes[k], np.asarray(probabilities)[:, k], specificity
        )
        for k in columns
        for specificity in SPECIFICITIES
    }
