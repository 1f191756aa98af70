"""Subsets of ISIC2019's predictions by training history: ISIC2019 contains HAM10000's images."""

from collections.abc import Iterable, Sequence

import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.data.splits.folds import test_rows
from selcn.evaluation.cross_validation import classes_of
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table

SUBSETS = ("isic2019", "isic2019_trained", "isic2019_untrained", "isic2019_outside", "isic2019_official")
"""Subsets of the classes that the networks were trained on."""

OUT_OF_DISTRIBUTION = {
    "scc_outside": "isic2019_outside",
    "official_scc": "isic2019_official",
    "official_unk": "isic2019_official",
    "official_scc_unk": "isic2019_official",
}
"""Subsets of classes that no network was trained on, each with the in-distribution subset it is compared with."""


def subsets_of(
    predictions: pd.DataFrame, official: Iterable[str], ham10000: Iterable[str], trained: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Divide one network's predictions of ISIC2019 into subsets.

    Parameters
    ----------
    predictions
        Columns image_id, label and prob_<class> of every class that the network knows.
    official
        Ids of the official test set's images; they are in no other subset.
    ham10000
        Ids of HAM10000's images, matched with or without `_downsampled`.
    trained
        Ids of the images that the network was trained on, in any variant; matched likewise.

    Returns
    -------
    dict
        Rows of each of `SUBSETS` and `OUT_OF_DISTRIBUTION`. Known classes: isic2019, all but the official test set, and
        its three parts isic2019_trained (HAM10000's images that the network was trained on), isic2019_untrained
        (HAM10000's other images) and isic2019_outside (images outside HAM10000); isic2019_official. Unknown classes,
        always outside HAM10000: scc_outside, and from the official test set official_scc, official_unk and
        official_scc_unk (both).
    """
    images = canonical_id(predictions["image_id"])
    inside = images.isin(canonical_id(list(ham10000)))
    seen = images.isin(canonical_id(list(trained)))
    tested = predictions["image_id"].isin(list(official))
    known = predictions["label"].isin(classes_of(predictions))
    scc, unk = predictions["label"] == "scc", predictions["label"] == "unk"
    rows = {
        "isic2019": known & ~tested,
        "isic2019_trained": known & ~tested & inside & seen,
        "isic2019_untrained": known & ~tested & inside & ~seen,
        "isic2019_outside": known & ~tested & ~inside,
        "isic2019_official": known & tested,
        "scc_outside": scc & ~tested & ~inside,
        "official_scc": scc & tested,
        "official_unk": unk & tested,
        "official_scc_unk": (scc | unk) & tested,
    }
    return {name: predictions[chosen] for name, chosen in rows.items()}


def subsets_of_folds(
    folds: Sequence[pd.DataFrame],
    official: Iterable[str],
    ham10000: Iterable[str],
    trained: Sequence[Iterable[str]],
) -> dict[str, list[pd.DataFrame]]:
    """Return every fold's rows of each subset that has images in all folds; `trained` is in the order of the folds."""
    divided = [subsets_of(table, official, ham10000, ids) for table, ids in zip(folds, trained, strict=True)]
    subsets = {name: [fold[name] for fold in divided] for name in (*SUBSETS, *OUT_OF_DISTRIBUTION)}
    return {name: tables for name, tables in subsets.items() if all(map(len, tables))}


def divide_isic2019(folds, inputs):
    """Return ISIC2019's subsets, each network's by the ids that it was trained on.

    Parameters
    ----------
    folds
        Predictions, one table per network.
    inputs
        A job's inputs: `isic2019_splits`; `rows`, HAM10000's packed manifest; and `training_ids`, in the order of
        `folds`.
    """
    official = test_rows(read_table(inputs.isic2019_splits), "official_test")["image_id"]
    trained = [read_table(path)["image_id"] for path in as_list(inputs.training_ids)]
    return subsets_of_folds(folds, official, read_table(inputs.rows)["image_id"], trained)
