"""The ranking of doubtful labels: every kind of evidence against each label, and one order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selcn.evaluation.cross_validation import classes_of
from selcn.evaluation.label_audit.appearance import MOST_DEVIATIONS
from selcn.evaluation.label_audit.confident import at_label_frequencies, confident_classes, margins
from selcn.evaluation.label_audit.conflicts import DEFINITIONS, in_terms_of
from selcn.evaluation.label_audit.out_of_fold import COUNTS

EVIDENCE = {
    "data set": "another data set gives the image a label that contradicts it",
    "lesion": "another image of the lesion has a label that contradicts it",
    "networks": "confident learning counts the image in another class, by networks that were not trained on it",
    "neighbours": "more than half of the nearest images of other lesions are of one other class",
    "appearance": "the image looks unlike the data set and may be no dermoscopy; a hint, not part of the ranking",
}
"""The kinds of evidence."""

COLUMNS = (
    "rank",
    "image_id",
    "label",
    "favoured",
    "evidence",
    "doubt",
    "shared_label",
    "lesion_label",
    "lesion_share",
    *COUNTS,
    "networks_label",
    "networks_margin",
    "neighbours_label",
    "neighbours_share",
    "appearance",
    "appearance_of",
)


def rank_labels(images: pd.DataFrame, predictions: pd.DataFrame, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Rank the labels of one data set's images, the most doubtful first.

    First come labels that another label of the image or its lesion contradicts, unless the two differ by definition
    (`conflicts.DEFINITIONS`); then all others. Within both, images are in the order of the doubt: the support of each
    class is its mean probability by the networks, at the frequencies of the labels, averaged with its share of the
    nearest images, where there are both; the doubt is the largest support of another class minus that of the label.

    Parameters
    ----------
    images
        Columns image_id, label, those of `conflicts.label_conflicts`, and appearance and appearance_of.
    predictions
        Table of `out_of_fold.mean_out_of_fold`; may be empty.
    neighbours
        Share of each class among the nearest images of other lesions: by image_id, columns prob_<class>; empty where
        there are no features.

    Returns
    -------
    DataFrame
        A row for each image, columns `COLUMNS`. favoured: the class that the evidence favours, "" if there is none.
        evidence: those of `EVIDENCE` that speak against the label, joined by "; ". doubt: -1..1, NaN for images without
        prediction and neighbours, which come last, and for classes that the networks do not know.
    """
    classes = classes_of(predictions) or classes_of(neighbours)
    column = pd.Index(classes, dtype=object).get_indexer(images["label"])
    table = images.join(predictions[[name for name in COUNTS if name in predictions]], on="image_id")
    networks, shares = (_support(images, found, classes, column) for found in (predictions, neighbours))
    known = _known(networks, column)
    counted = np.full(len(images), -1)
    if known.any():
        networks[known] = at_label_frequencies(networks[known], column[known])
        counted[known] = confident_classes(networks[known], column[known])
    table["networks_margin"], table["networks_label"] = _against(networks, column, classes)
    _, table["neighbours_label"] = _against(shares, column, classes)
    table["neighbours_share"] = 1 - _of_label(shares, column)
    table["doubt"], other = _against(_mean(networks, shares), column, classes)
    return _ordered(table, (counted >= 0) & (counted != column), np.nan_to_num(shares).max(axis=1, initial=0), other)


def doubtful(ranking: pd.DataFrame) -> pd.DataFrame:
    """Return the ranked labels that some evidence other than the image's appearance contradicts, in their order.

    A label with a doubt above 0 may have no evidence by name: another class has more support, but not enough to be
    counted in it.
    """
    return ranking[~ranking["evidence"].isin(["", "appearance"]) | (ranking["doubt"] > 0)]


def _ordered(table: pd.DataFrame, confident: np.ndarray, largest_share: np.ndarray, other: np.ndarray) -> pd.DataFrame:
    """Return the ranking, with evidence and favoured class, from a table that has the other columns.

    Parameters
    ----------
    confident
        Whether confident learning counts an image in another class.
    largest_share
        The largest share of a class among an image's neighbours.
    other
        The class that networks and neighbours favour.
    """
    majority = (largest_share > 0.5) & (largest_share > 1 - table["neighbours_share"])
    kinds = {
        "data set": table["shared_label"] != "",
        "lesion": table["lesion_label"] != "",
        "networks": confident,
        "neighbours": majority,
        "appearance": table["appearance"] > MOST_DEVIATIONS,
    }
    found = pd.DataFrame({name: np.asarray(kind, bool) for name, kind in kinds.items()})
    table["evidence"] = ["; ".join(found.columns[row]) for row in found.to_numpy()]
    contradicting = table["shared_label"].where(table["shared_label"] != "", table["lesion_label"])
    pairs = zip(table["label"], contradicting, strict=True)
    certain = np.array([bool(found) and (label, found) not in DEFINITIONS for label, found in pairs], bool)
    own = set(table["label"])
    favoured = [in_terms_of(label, own) for label in contradicting]
    table["favoured"] = np.where(certain & (np.array(favoured, object) != ""), favoured, other)
    order = table.assign(first=~certain, doubt=-table["doubt"]).sort_values(["first", "doubt", "image_id"]).index
    ranked = table.loc[order].reset_index(drop=True)
    return ranked.assign(rank=np.arange(1, len(ranked) + 1)).reindex(columns=list(COLUMNS))


def _support(images: pd.DataFrame, found: pd.DataFrame, classes: Sequence[str], column: np.ndarray) -> np.ndarray:
    """Return the support of each class, (N, classes); NaN without any, and for labels that are none of the classes."""
    names = [f"prob_{name}" for name in classes]
    support = found.reindex(index=images["image_id"], columns=names).to_numpy(np.float64, copy=True)
    support[column < 0] = np.nan
    return support


def _known(support: np.ndarray, column: np.ndarray) -> np.ndarray:
    return ~np.isnan(support).any(axis=1) & (column >= 0)


def _mean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the mean of two supports; where only one is known, that one."""
    return np.where(np.isnan(first), second, np.where(np.isnan(second), first, (first + second) / 2))


def _of_label(support: np.ndarray, column: np.ndarray) -> np.ndarray:
    return support[np.arange(len(column)), column] if support.shape[1] else np.full(len(column), np.nan)


def _against(support: np.ndarray, column: np.ndarray, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return margin and name of the best other class; NaN and "" where nothing is known."""
    margin, name = np.full(len(column), np.nan), np.full(len(column), "", dtype=object)
    known = _known(support, column)
    if known.any() and len(classes) > 1:
        margin[known], other = margins(support[known], column[known])
        name[known] = np.array(classes, dtype=object)[other]
    return margin, name
