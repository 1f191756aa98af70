"""Out-of-fold networks (leakfree protocol): each image gets the network of a fold not trained on its lesion."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from selcn.storage.artifacts import read_table


def folds_of(lesions: pd.DataFrame, dataset: str, image_ids: Sequence[str], network: str) -> np.ndarray:
    """Return the fold whose network is applied to each image, (n,) int8.

    Parameters
    ----------
    lesions
        Table of `selcn.data.splits.lesion_roles.assign_lesions`.
    network
        `segmentation` or `symmetry`.

    Raises
    ------
    ValueError
        An image of the data set is not in the table.
    """
    rows = lesions[lesions["dataset"] == dataset].set_index("image_id")
    missing = sorted(set(image_ids) - set(rows.index))
    if missing:
        raise ValueError(
            f"lesions.parquet lacks {len(missing)} images of {dataset}, such as {missing[0]}; delete it and run the "
            "same command again"
        )
    return rows.loc[list(image_ids), f"{network}_fold"].to_numpy()


def rows_of_shard(lesions: str, dataset: str, image_ids: Sequence[str], network: str) -> pd.DataFrame:
    """Read the fold whose network is applied to each image of a shard, without the rows of other images."""
    table = read_table(lesions)
    ours = (table["dataset"] == dataset) & table["image_id"].isin(image_ids)
    return table.loc[ours, ["image_id", f"{network}_fold"]]


def batches_by_fold(folds: np.ndarray, size: int) -> list[tuple[int, Tensor]]:
    """Divide samples into batches of one fold each, so that each batch needs one network.

    Parameters
    ----------
    folds
        The fold whose network is applied to each sample, (n,).
    size
        Maximum number of samples per batch.

    Returns
    -------
    list of (int, Tensor)
        The fold and sample numbers, (B,), of each batch; sorted by fold, then sample.
    """
    samples = ((int(fold), torch.from_numpy(np.flatnonzero(folds == fold))) for fold in np.unique(folds))
    return [(fold, chosen) for fold, numbers in samples for chosen in numbers.split(size)]
