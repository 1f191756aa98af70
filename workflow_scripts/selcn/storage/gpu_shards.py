"""The shards of the stages that compute on a GPU, whose images lie in several packed shards."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import Stack
from selcn.storage.shards import in_shard

# Of the packed images' manifests; on what else stands there no mask and no CAM depends.
COLUMNS = ["image_id", "label", "sha256"]


def open_packed(
    arrays: Sequence[str], manifests: Sequence[str], shard: Mapping[str, Any]
) -> tuple[pd.DataFrame, Stack]:
    """Open the packed images of one shard of a GPU stage.

    Parameters
    ----------
    arrays, manifests
        Files of the packed shards that its images may lie in.
    shard
        The shard, as `selcn.storage.shards.in_shard` takes it.

    Returns
    -------
    rows : DataFrame
        image_id, label, sha256; by image_id, so that they are the same however many packed shards there are.
    images : Stack
        uint8 (n, S, S, 3), in the order of the rows.

    Raises
    ------
    ValueError
        No image falls in the shard.
    """
    tables = [read_table(path)[COLUMNS] for path in manifests]
    located = [table.assign(part=part, row=np.arange(len(table))) for part, table in enumerate(tables)]
    ours = in_shard(pd.concat(located).sort_values("image_id"), **shard)
    images = Stack.of_rows(arrays, list(map(len, tables)), ours["part"].to_numpy(), ours["row"].to_numpy())
    return ours[COLUMNS], images
