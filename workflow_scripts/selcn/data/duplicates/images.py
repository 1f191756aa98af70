"""Packed images of all data sets, among which near-duplicates are searched."""

from collections.abc import Sequence
from pathlib import Path

from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import ShardedArray

# For each data set its image ids and their packed images.
Images = dict[str, tuple[list[str], ShardedArray]]


def open_images(manifests: Sequence[str], shards: Sequence[str]) -> Images:
    """Open the packed images of every data set.

    Parameters
    ----------
    manifests
        The packed manifests, each in its data set's folder.
    shards
        The arrays of all shards, in order within each data set.
    """
    images = {}
    for manifest in map(Path, manifests):
        ours = [path for path in shards if Path(path).parents[1] == manifest.parent]
        ids = read_table(manifest)["image_id"].tolist()
        images[manifest.parent.name] = ids, ShardedArray(ours, ids)
    return images
