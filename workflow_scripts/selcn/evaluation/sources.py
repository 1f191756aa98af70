"""Lesion networks on images of a source that they saw in training, and that others did not: metrics and their gap."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selcn.data.predictions import fault_of
from selcn.evaluation.bootstrap import lesion_weights
from selcn.evaluation.comparisons.confusion import confusion_matrices, scores_of
from selcn.evaluation.comparisons.families import PREDICTION_METRICS
from selcn.evaluation.comparisons.inference import interval

METRICS = ("accuracy", "balanced_accuracy", "kappa")
"""Without macro F1, which counts classes that a source lacks."""
COLUMNS = ("source", "metric", "seen", "unseen", "difference", "low", "high", "images", "lesions")


def measure_cell(
    ordinary: Sequence[pd.DataFrame],
    without: pd.DataFrame,
    images: pd.DataFrame,
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the metrics of one cell on each source that was left out, seen and unseen.

    Parameters
    ----------
    ordinary
        See `paired_predictions`.
    without
        Predictions of every source's images by the networks without it; columns source, fold, image_id, label,
        prob_<class>.
    images
        Table of `selcn.data.splits.without_source.images_of_sources`, whose groups are resampled.
    resamples
        Bootstrap resamples, each with all images of its groups.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row for each source and metric of `METRICS`, NaN where a network failed; difference: seen
        minus unseen; low, high: its 95 % percentile interval, NaN where a resample is undefined; images, and lesions
        or patients: their numbers.
    """
    groups = images.set_index("image_id")["group"]
    tables = []
    for source, rows in without.groupby("source"):
        pairs = paired_predictions(ordinary, rows)
        failed = any(fault_of(each) for each in (*ordinary, *(of_fold for _, of_fold in rows.groupby("fold"))))
        gap = measure_gap(pairs, groups, resamples, rng)
        if failed:
            gap[["seen", "unseen", "difference", "low", "high"]] = np.nan
        tables.append(gap.assign(source=source))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def paired_predictions(ordinary: Sequence[pd.DataFrame], without: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of each image by ordinary networks that held it out, and by networks without its source.

    The two networks of a pair are of one fold. An image of the development set has one pair, of the fold that holds it
    out; an image of the test set has one of every fold.

    Parameters
    ----------
    ordinary
        Each fold's predictions of its validation and its test set; columns image_id, label, prob_<class>.
    without
        Predictions of the source's images by networks without it; the same columns and fold.

    Returns
    -------
    pandas.DataFrame
        Columns image_id, label, fold, seen and unseen (predicted classes).
    """
    pairs = []
    for fold, table in enumerate(ordinary):
        rows = without[without["fold"] == fold]
        seen, unseen = (each[["image_id", "label"]].assign(predicted=_predicted(each)) for each in (table, rows))
        both = unseen.merge(seen, on=["image_id", "label"], suffixes=("_unseen", "_seen"), validate="one_to_one")
        pairs.append(both.rename(columns={"predicted_unseen": "unseen", "predicted_seen": "seen"}).assign(fold=fold))
    return pd.concat(pairs, ignore_index=True)[["image_id", "label", "fold", "seen", "unseen"]]


def measure_gap(pairs: pd.DataFrame, groups: pd.Series, resamples: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the metrics with the source seen and unseen, and the gap between them.

    Parameters
    ----------
    pairs
        From `paired_predictions`. Images count equally, however many pairs they have.
    groups
        What is resampled, a lesion or a patient, by image_id.
    resamples
        Bootstrap resamples, each with all images of its lesions.

    Returns
    -------
    pandas.DataFrame
        Columns of `COLUMNS` but source, a row for each of `METRICS`.
    """
    classes = np.unique(pairs[["label", "seen", "unseen"]].to_numpy(dtype=str))
    codes = {name: np.searchsorted(classes, pairs[name].to_numpy(dtype=str)) for name in ("label", "seen", "unseen")}
    predicted = np.stack([codes["seen"], codes["unseen"]])
    number = pairs.groupby("image_id")["image_id"].transform("size").to_numpy()
    # Whole numbers, whose sums are exact: an image of the development set counts as often as one of the test set.
    counts = np.lcm.reduce(number) // number
    group = pairs["image_id"].map(groups).to_numpy(dtype=str)
    weights = np.vstack([np.ones((1, len(pairs)), np.float32), lesion_weights(group, resamples, rng)])
    scores = scores_of(confusion_matrices(weights * counts.astype(np.float32), codes["label"], predicted, len(classes)))
    chosen = [PREDICTION_METRICS.index(name) for name in METRICS]
    scores = scores[..., chosen]
    difference = scores[:, 0] - scores[:, 1]
    low, high = interval(difference[None, 1:], 0.05)
    found = {"seen": scores[0, 0], "unseen": scores[0, 1], "difference": difference[0], "low": low[0], "high": high[0]}
    images, lesions = pairs["image_id"].nunique(), len(np.unique(group))
    return pd.DataFrame({"metric": METRICS, **found, "images": images, "lesions": lesions})


def _predicted(table: pd.DataFrame) -> np.ndarray:
    probabilities = table.filter(regex="^prob_")
    return np.array([name.removeprefix("prob_") for name in probabilities])[probabilities.to_numpy().argmax(axis=1)]
