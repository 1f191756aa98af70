"""Assignment of images to shards, by image id alone, so that adding images moves no other image."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd


def shard_of(image_id: str, shards: int) -> int:
    """Return the shard of an image, 0 to `shards` - 1."""
    return int.from_bytes(hashlib.blake2b(image_id.encode(), digest_size=8).digest(), "big") % shards


def places(image_ids: Sequence[str], shards: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's shard, and its row there, rows being in the order of the images given.

    Returns
    -------
    parts, rows : ndarray
        Shape (n,), int64.
    """
    parts = np.array([shard_of(image_id, shards) for image_id in image_ids], dtype=np.int64)
    rows = np.empty(len(parts), np.int64)
    for part in range(shards):
        chosen = parts == part
        rows[chosen] = np.arange(chosen.sum())
    return parts, rows


def in_shard(table: pd.DataFrame, shard: int, shards: int, dataset: str, key: str = "shards") -> pd.DataFrame:
    """Return the rows of a table (column image_id) whose images belong to a shard, in their order.

    Parameters
    ----------
    key
        The data set's setting for the number of shards, named in the error: `shards` or `gpu_shards`.

    Raises
    ------
    ValueError
        The shard is empty: the data set has too few images for this number of shards.
    """
    chosen = table[[shard_of(image_id, shards) == shard for image_id in table["image_id"]]]
    if chosen.empty:
        raise ValueError(
            f"none of the {len(table)} images of {dataset} falls in shard {shard} of {shards}; reduce "
            f"data.{dataset}.{key} in the configuration"
        )
    return chosen.reset_index(drop=True)
