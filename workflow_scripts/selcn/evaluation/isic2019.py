"""ISIC2019's predictions in lines, by what a network had seen: HAM10000's images are among ISIC2019's own."""

from collections.abc import Iterable, Sequence

import pandas as pd

from selcn.data.duplicates.pairs import photograph_of
from selcn.data.splits.folds import test_rows
from selcn.evaluation.cross_validation import classes_of
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table

LINES = ("isic2019", "isic2019_trained", "isic2019_untrained", "isic2019_outside", "isic2019_official")
"""Lines of the classes that the networks know."""

UNFAMILIAR = {
    "scc_outside": "isic2019_outside",
    "official_scc": "isic2019_official",
    "official_unk": "isic2019_official",
    "official_scc_unk": "isic2019_official",
}
"""Lines of classes that no network knows, and the line of known ones that each is to be told from."""


def lines_of(
    predictions: pd.DataFrame, official: Iterable[str], ham10000: Iterable[str], trained: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Divide one network's predictions of ISIC2019.

    Parameters
    ----------
    predictions
        Columns image_id, label and prob_<class> of every class that the network knows.
    official
        Ids of the images of the official test set; they are in no other line.
    ham10000
        Ids of HAM10000's images. Compared as photographs, that is, with or without `_downsampled`.
    trained
        Ids of the images that the network was trained on, in whatever variant; compared likewise.

    Returns
    -------
    dict
        Rows of each of `LINES` and `UNFAMILIAR`. Of the known classes: isic2019, all but the official test set, and in
        three parts isic2019_trained (HAM10000's that the network was trained on), isic2019_untrained (HAM10000's
        others) and isic2019_outside (not HAM10000's); isic2019_official. Of unknown classes, and never HAM10000's:
        scc_outside, and of the official test set official_scc, official_unk and official_scc_unk (both).
    """
    photographs = photograph_of(predictions["image_id"])
    inside = photographs.isin(photograph_of(list(ham10000)))
    seen = photographs.isin(photograph_of(list(trained)))
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


def lines_of_folds(
    folds: Sequence[pd.DataFrame],
    official: Iterable[str],
    ham10000: Iterable[str],
    trained: Sequence[Iterable[str]],
) -> dict[str, list[pd.DataFrame]]:
    """Return every fold's rows of each line that has images in all folds; `trained` is in the order of the folds."""
    divided = [lines_of(table, official, ham10000, ids) for table, ids in zip(folds, trained, strict=True)]
    lines = {name: [fold[name] for fold in divided] for name in (*LINES, *UNFAMILIAR)}
    return {name: tables for name, tables in lines.items() if all(map(len, tables))}


def divide_isic2019(folds, inputs):
    """Return ISIC2019's lines, each network's by the ids that it was trained on.

    Parameters
    ----------
    folds
        Predictions, one table a network.
    inputs
        A job's inputs: `isic2019_splits`; `rows`, HAM10000's packed manifest; and `training_ids`, in the order of
        `folds`.
    """
    official = test_rows(read_table(inputs.isic2019_splits), "official_test")["image_id"]
    trained = [read_table(path)["image_id"] for path in as_list(inputs.training_ids)]
    return lines_of_folds(folds, official, read_table(inputs.rows)["image_id"], trained)
