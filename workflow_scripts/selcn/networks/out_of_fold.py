"""Which network is applied to which image, so that (in the leakfree protocol) none has seen the image's lesion."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from selcn.storage.artifacts import read_table


def folds_of(lesions: pd.DataFrame, dataset: str, image_ids: Sequence[str], network: str) -> np.ndarray:
    """Return the fold whose network is to be applied to each image, (n,) int8.

    Parameters
    ----------
    lesions
        What `selcn.data.splits.lesion_roles.assign_lesions` returns.
    network
        `segmentation` or `symmetry`.

    Raises
    ------
    ValueError
        An image of the data set has no lesion there.
    """
    rows = lesions[lesions["dataset"] == dataset].set_index("image_id")
    missing = sorted(set(image_ids) - set(rows.index))
    if missing:
        raise ValueError(f"{len(missing)} images of {dataset} have no lesion, such as {missing[0]}; run again")
    return rows.loc[list(image_ids), f"{network}_fold"].to_numpy()


def rows_of_shard(lesions: str, dataset: str, image_ids: Sequence[str], network: str) -> pd.DataFrame:
    """Read of a shard's images alone which fold's network is applied to them; on more its work does not depend."""
    table = read_table(lesions)
    ours = (table["dataset"] == dataset) & table["image_id"].isin(image_ids)
    return table.loc[ours, ["image_id", f"{network}_fold"]]


def batches_by_fold(folds: np.ndarray, size: int) -> list[tuple[int, Tensor]]:
    """Divide samples into batches of one fold each, so that each batch is one network's.

    Parameters
    ----------
    folds
        The fold whose network is applied to each sample, (n,).
    size
        The most samples a batch may have.

    Returns
    -------
    list of (int, Tensor)
        A fold and its sample numbers, (B,); fold by fold, and within a fold in order.
    """
    samples = ((int(fold), torch.from_numpy(np.flatnonzero(folds == fold))) for fold in np.unique(folds))
    return [(fold, chosen) for fold, numbers in samples for chosen in numbers.split(size)]
