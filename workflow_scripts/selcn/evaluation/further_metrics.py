"""Metrics of a cross-validation that the thesis does not report: ranking, calibration, melanoma sensitivity."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import recall_score

from selcn.evaluation.calibration import calibration_metrics, fit_temperature, with_temperature
from selcn.evaluation.cross_validation import arrays_of, spread
from selcn.evaluation.metrics import Labels, labels_and_predictions
from selcn.evaluation.ranking import macro_ranking, melanoma_sensitivities, ranking_of_classes


def further_metrics(label: Labels, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, float]:
    """Return the further metrics of one table of predictions, for `metrics_of_folds`.

    Parameters and errors are those of `selcn.evaluation.metrics.symmetry_metrics`.

    Returns
    -------
    dict
        balanced_accuracy (mean recall over the classes in the truth), macro_auc, macro_average_precision,
        ranked_classes (number of classes averaged in these two), ece, brier, and melanoma_sensitivity_at_80, _90 and
        _95 where one of the classes is melanoma.
    """
    label, predicted = labels_and_predictions(label, probabilities, classes)
    return {
        "balanced_accuracy": float(recall_score(label, predicted, labels=np.unique(label), average="macro")),
        **macro_ranking(ranking_of_classes(label, probabilities, classes)),
        **melanoma_sensitivities(label, probabilities, classes),
        **calibration_metrics(label, probabilities, classes),
    }


def rankings_of_folds(folds: Sequence[pd.DataFrame]) -> dict[str, dict]:
    """Return auc and average_precision of each class over folds, and its support."""
    frames = [ranking_of_classes(*arrays_of(table)).set_index("class") for table in folds]
    return {
        name: {
            **{score: spread([frame.loc[name, score] for frame in frames]) for score in ("auc", "average_precision")},
            "support": int(frames[0].loc[name, "support"]),
        }
        for name in frames[0].index
    }


def calibration_of_folds(validation: Sequence[pd.DataFrame], tested: Sequence[pd.DataFrame]) -> dict[str, dict]:
    """Return calibration before and after temperature scaling, over folds.

    Parameters
    ----------
    validation, tested
        Predictions of the same folds in the same order: the first to fit each fold's temperature on, the second to
        evaluate.

    Returns
    -------
    dict
        temperature; ece, brier, ece_scaled and brier_scaled of the tested predictions.
    """
    rows = []
    for fitted, table in zip(validation, tested, strict=True):
        label, probabilities, classes = arrays_of(table)
        temperature = fit_temperature(*arrays_of(fitted))
        scaled = calibration_metrics(label, with_temperature(probabilities, temperature), classes)
        before = calibration_metrics(label, probabilities, classes)
        rows.append({"temperature": temperature, **before, **{f"{name}_scaled": x for name, x in scaled.items()}})
    return {name: spread([row[name] for row in rows]) for name in rows[0]}
