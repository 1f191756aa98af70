"""Decision thresholds chosen on a network's validation set and carried over to an external set."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from selcn.data.splits.malignancy import MALIGNANT
from selcn.evaluation.bootstrap import lesion_weights, weighted_accuracy
from selcn.evaluation.cross_validation import arrays_of
from selcn.evaluation.ranking import MELANOMA
from selcn.evaluation.subgroups import interval_of

COLUMNS = (
    "decision",
    "at",
    "threshold",
    "metric",
    "validation",
    "value",
    "low",
    "high",
    "draws",
    "images",
    "lesions",
)


def decisions_of(classes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the positive classes of each decision, whose probabilities are added up.

    Malignant against benign, and melanoma against the rest; where the classes are not of both kinds, each class against
    the rest.
    """
    malignant = tuple(name for name in classes if name in {*MALIGNANT, *MELANOMA})
    if not 0 < len(malignant) < len(classes):
        return {name: (name,) for name in classes}
    melanoma = {"melanoma": ("mel",)} if "mel" in malignant and len(malignant) > 1 else {}
    return {"malignant": malignant} | melanoma


def threshold_at(positive: np.ndarray, score: np.ndarray, sensitivity: float) -> float:
    """Return the highest threshold at which at least a share of the positive images score as high or higher.

    Parameters
    ----------
    positive, score
        Shape (N,): bool, the truth; and a number, the higher, the more likely positive.
    sensitivity
        Above 0, at most 1.

    Returns
    -------
    float
        The score of a positive image; NaN where there is none.
    """
    scores = np.sort(score[positive])[::-1]
    # Compare numbers of images: in floating point, 9 of 10 may be less than 0.9.
    needed = math.ceil(len(scores) * sensitivity - 1e-9)
    return float(scores[needed - 1]) if len(scores) else float("nan")


def carried_thresholds(
    validation: Sequence[pd.DataFrame],
    external: Sequence[pd.DataFrame],
    lesions: pd.Series,
    sensitivities: Sequence[float],
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return what thresholds chosen on each network's validation set reach on an external set.

    Parameters
    ----------
    validation, external
        Predictions of the same networks in the same order; the external ones of the same images, in the same order.
    lesions
        The lesion of each image of the external set, by image_id.
    sensitivities
        Those that thresholds reach on the validation sets; see `threshold_at`.
    resamples
        Number of bootstrap resamples of the external set's lesions, shared by all.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per decision, sensitivity (`at`) and metric (sensitivity, specificity): threshold,
        and the metric on the validation sets (validation) and on the external set (value), means over networks; low,
        high and draws as in `selcn.evaluation.subgroups.measure_subgroups`; images and lesions behind the value. NaN
        where undefined.

    Raises
    ------
    ValueError
        The networks predict different external images, or a lesion is not known.
    """
    ids = external[0]["image_id"].to_numpy()
    groups = lesions.reindex(ids).to_numpy()
    if any(not np.array_equal(table["image_id"], ids) for table in external) or pd.isna(groups).any():
        raise ValueError(
            "the networks' predictions are not of the same images in one order, or the lesion of an image is unknown; "
            "expected one common external set"
        )
    weights = np.vstack([np.ones(len(ids), np.float32), lesion_weights(groups, resamples, rng)])
    rows = []
    for decision, classes in decisions_of(arrays_of(external[0])[2]).items():
        fitted, tested = ([_scores(table, classes) for table in tables] for tables in (validation, external))
        for at in sensitivities:
            thresholds = [threshold_at(*of_network, at) for of_network in fitted]
            about = {"decision": decision, "at": at, "threshold": np.mean(thresholds)}
            rows += [about | reached for reached in _reached(fitted, tested, thresholds, groups, weights)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


_Scores = tuple[np.ndarray, np.ndarray]


def _reached(
    fitted: Sequence[_Scores],
    tested: Sequence[_Scores],
    thresholds: Sequence[float],
    groups: np.ndarray,
    weights: np.ndarray,
) -> Iterator[dict]:
    """Yield what each network's threshold reaches: a row for sensitivity and one for specificity."""
    for metric, sign in (("sensitivity", True), ("specificity", False)):
        before = [_share(*scores, t, sign) for scores, t in zip(fitted, thresholds, strict=True)]
        after = [_share(*scores, t, sign, weights) for scores, t in zip(tested, thresholds, strict=True)]
        counted = tested[0][0] == sign
        yield {
            "metric": metric,
            "validation": np.mean(before),
            **interval_of(np.mean(after, axis=0)),
            "images": int(counted.sum()),
            "lesions": len(np.unique(groups[counted])),
        }


def _scores(predictions: pd.DataFrame, positive: Sequence[str]) -> _Scores:
    """Return which images are positive, and the sum of their positive classes' probabilities."""
    label, probabilities, classes = arrays_of(predictions)
    chosen = np.isin(classes, positive)
    return np.isin(label, positive), probabilities[:, chosen].astype(np.float64).sum(axis=1)


def _share(
    positive: np.ndarray, score: np.ndarray, threshold: float, sign: bool, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return sensitivity (sign true) or specificity at a threshold, under each row of weights; NaN where undefined."""
    counted = positive == sign
    right = (score >= threshold) == sign
    weights = np.ones((1, len(score)), np.float32) if weights is None else weights
    with np.errstate(invalid="ignore"):
        shares = weighted_accuracy(right[counted], weights[:, counted])
    return np.full(len(shares), np.nan) if np.isnan(threshold) else shares
