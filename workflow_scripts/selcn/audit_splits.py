"""What the data sets share, and what the splits leave on both sides, before any model is trained."""

from collections.abc import Mapping

import pandas as pd

from selcn.audit import Application

DATA_SET, TEST_SET = "data set", "test set"


def overlaps(splits: Mapping[str, pd.DataFrame]) -> list[Application]:
    """Return what is to be counted, as if a model had been trained on all that lies on the other side.

    Parameters
    ----------
    splits
        For each data set its split table, HAM10000's among them.

    Returns
    -------
    list of Application
        Each data set's test set against the pool of each that has one (`TEST_SET`), where lesions must not be shared;
        and every other data set, of HAM10000's classes where it has these, against all of HAM10000 (`DATA_SET`), where
        they may be.
    """
    images = {dataset: table.drop_duplicates("image_id") for dataset, table in splits.items()}
    pools = {dataset: _of(table, ["pool"]) for dataset, table in images.items()}
    tests = {dataset: _of(table, ["test", "official_test"]) for dataset, table in images.items()}
    ham10000 = images["ham10000"]
    between = [
        Application(TEST_SET, trained, tested, ids, pool)
        for trained, pool in pools.items()
        for tested, ids in tests.items()
        if len(pool) and len(ids)
    ]
    return between + [
        Application(DATA_SET, "ham10000", dataset, _comparable(table, ham10000), ham10000["image_id"])
        for dataset, table in images.items()
        if dataset != "ham10000"
    ]


def _comparable(images: pd.DataFrame, ham10000: pd.DataFrame) -> pd.Series:
    known = images["label"].isin(ham10000["label"])
    return images.loc[known if known.any() else images.index, "image_id"].reset_index(drop=True)


def _of(images: pd.DataFrame, roles: list[str]) -> pd.Series:
    return images.loc[images["role"].isin(roles), "image_id"].reset_index(drop=True)
