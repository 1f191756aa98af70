"""Shards of the GPU stages, each with images from one or more packed shards."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import ShardedArray
from selcn.storage.shards import in_shard

# The columns of the packed images' manifests that masks and CAMs depend on.
COLUMNS = ["image_id", "label", "sha256"]


def open_packed(
    arrays: Sequence[str], manifests: Sequence[str], shard: Mapping[str, Any]
) -> tuple[pd.DataFrame, ShardedArray]:
    """Open the packed images of one shard of a GPU stage.

    Parameters
    ----------
    arrays, manifests
        Files of the packed shards that may contain its images.
    shard
        The shard, as `selcn.storage.shards.in_shard` takes it.

    Returns
    -------
    rows : DataFrame
        image_id, label, sha256; sorted by image_id, so that the order does not depend on the number of packed shards.
    images : ShardedArray
        uint8 (n, S, S, 3), in the order of the rows.

    Raises
    ------
    ValueError
        The shard has no images.
    """
    tables = [read_table(path)[COLUMNS] for path in manifests]
    located = [table.assign(part=part, row=np.arange(len(table))) for part, table in enumerate(tables)]
    ours = in_shard(pd.concat(located).sort_values("image_id"), **shard)
    images = ShardedArray.of_rows(arrays, list(map(len, tables)), ours["part"].to_numpy(), ours["row"].to_numpy())
    return ours[COLUMNS], images
