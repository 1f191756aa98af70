"""Splits by lesion (leakfree protocol): folds are assigned before balancing."""

import numpy as np
import pandas as pd

from selcn.data.splits.by_image import as_table, balance
from selcn.data.splits.folds import CROSS_VALIDATION, SEARCH


def split_by_lesion(index: pd.DataFrame, lesions: pd.DataFrame, cap: int | None, seed: int) -> pd.DataFrame:
    """Split one data set by the roles and folds of its lesions.

    Each fold is balanced by itself, towards its share of `cap` rows per class, for training only; validation uses the
    originals of all its images, at natural prevalence. No copy of an image is in another fold.

    Parameters
    ----------
    index
        The data set's index; columns image_id, lesion_id, label.
    lesions
        The data set's rows of the table of `selcn.data.splits.lesion_roles.assign_lesions`.
    cap
        Largest number of rows per class of the balanced development set; None does not balance.
    seed
        Seed of the balancing.

    Returns
    -------
    pandas.DataFrame
        As `selcn.data.splits.by_image.split_by_image` returns it.

    Raises
    ------
    ValueError
        The images of `lesions` are not those of the index.
    """
    images = index.merge(lesions.drop(columns="dataset"), on="image_id", validate="one_to_one")
    if len(images) != len(index) or len(lesions) != len(index):
        raise ValueError(
            f"{len(index)} images in the index and {len(lesions)} in lesions.parquet, {len(images)} of them in both; "
            "expected the same images: delete lesions.parquet and run the same command again"
        )
    originals = images[["image_id", "role", CROSS_VALIDATION, SEARCH]].assign(variant="original")
    originals = originals.assign(train=False, validation=originals["role"] == "pool")
    pool = images[images["role"] == "pool"]
    drawn = [] if pool.empty else [_drawn(pool, cap, seed)]
    keys = ["image_id", "variant"]
    rows = pd.concat([*drawn, originals]).groupby(keys, as_index=False, sort=False)[["train", "validation"]].max()
    return as_table(rows.merge(originals.drop(columns=["variant", "train", "validation"]), on="image_id"), images)


def _drawn(pool: pd.DataFrame, cap: int | None, seed: int) -> pd.DataFrame:
    """Return the training rows: image_id, variant, train, validation."""
    if cap is None:
        rows = pool[["image_id"]].assign(variant="original")
    else:
        rng = np.random.default_rng(seed)
        folds = [fold for _, fold in pool.groupby(CROSS_VALIDATION)]
        rows = pd.concat([balance(fold, max(1, cap // len(folds)), rng) for fold in folds])
    return rows.assign(train=True, validation=False)
