"""Which network is applied to which image, so that (in the leakfree protocol) none has seen the image's lesion."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from selcn.artifacts import read_table


def folds_of(lesions: pd.DataFrame, dataset: str, image_ids: Sequence[str], network: str) -> np.ndarray:
    """Return the fold whose network is to be applied to each image, (n,) int8.

    Parameters
    ----------
    lesions
        What `selcn.lesions.assign_lesions` returns.
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


def apply_by_fold(folds: np.ndarray, chosen: Tensor, apply: Callable[[int, Tensor], Sequence[Tensor]]) -> list[Tensor]:
    """Apply to each of some samples the network of its fold, and return what came out in the samples' order.

    Parameters
    ----------
    folds
        Fold of every sample, (n,).
    chosen
        Sample numbers, (B,).
    apply
        Takes a fold and sample numbers; returns tensors whose first axis is the samples'.
    """
    parts = list(_parts(folds[chosen.numpy()], chosen, apply))
    order = torch.cat([places for places, _ in parts]).argsort()
    outputs = zip(*(outputs for _, outputs in parts), strict=True)
    return [torch.cat(list(tensors))[order.to(tensors[0].device)] for tensors in outputs]


def _parts(folds: np.ndarray, chosen: Tensor, apply: Callable) -> Iterator[tuple[Tensor, Sequence[Tensor]]]:
    for fold in np.unique(folds):
        places = torch.from_numpy(np.flatnonzero(folds == fold))
        yield places, apply(int(fold), chosen[places])
