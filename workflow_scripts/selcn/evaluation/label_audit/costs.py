"""What doubtful labels may cost the metrics: a cell's metrics with the worst labels of the test set changed."""

from collections.abc import Sequence

import pandas as pd
from sklearn.metrics import recall_score

from selcn.evaluation.cross_validation import arrays_of
from selcn.evaluation.metrics import labels_and_predictions, lesion_metrics

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
LABELS = ("published", "favoured", "left_out")
"""The labels of the worst images: as published, the class that the evidence favours, or without these images."""


def worst_labels(ranking: pd.DataFrame, tested: pd.Series, share: float) -> pd.DataFrame:
    """Return the most doubtful labels of a test set.

    Parameters
    ----------
    ranking
        Table of `ranking.rank_labels`.
    tested
        Ids of the test set's images.
    share
        The share of them that is taken, 0..1; at least one image.

    Returns
    -------
    DataFrame
        Rows of the ranking, in its order.
    """
    return ranking[ranking["image_id"].isin(tested)].head(max(1, round(share * len(tested))))


def costs(networks: Sequence[pd.DataFrame], worst: pd.DataFrame) -> pd.DataFrame:
    """Return a cell's metrics, each a mean over its networks, with the labels of the worst images changed.

    Parameters
    ----------
    networks
        Predictions of the test set, one table per network; columns image_id, label, prob_<class>.
    worst
        Columns image_id and favoured; where it is none of the networks' classes, the label stays.

    Returns
    -------
    DataFrame
        A row for each of `METRICS` and `LABELS`; columns metric, labels, value, and difference from the published
        labels.
    """
    values = pd.DataFrame([_metrics_of(table, worst) for table in networks]).mean()
    rows = [
        (metric, labels, values[labels, metric], values[labels, metric] - values["published", metric])
        for metric in METRICS
        for labels in LABELS
    ]
    return pd.DataFrame(rows, columns=["metric", "labels", "value", "difference"])


def _metrics_of(table: pd.DataFrame, worst: pd.DataFrame) -> dict[tuple[str, str], float]:
    published, _, classes = arrays_of(table)
    favoured = table["image_id"].map(worst.set_index("image_id")["favoured"])
    changed = favoured.where(favoured.isin(classes), published)
    variants = {
        "published": table,
        "favoured": table.assign(label=changed),
        "left_out": table[~table["image_id"].isin(worst["image_id"])],
    }
    return {
        (labels, metric): value
        for labels, rows in variants.items()
        for metric, value in _headline_metrics(rows).items()
        if metric in METRICS
    }


def _headline_metrics(table: pd.DataFrame) -> dict[str, float]:
    label, probabilities, classes = arrays_of(table)
    label, predicted = labels_and_predictions(label, probabilities, classes)
    recalls = recall_score(label, predicted, labels=sorted(set(label)), average="macro")
    return {**lesion_metrics(label, probabilities, classes), "balanced_accuracy": float(recalls)}
