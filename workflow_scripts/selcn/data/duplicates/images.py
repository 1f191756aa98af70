"""The packed images of all data sets together, which near-duplicates are looked for among."""

from collections.abc import Sequence
from pathlib import Path

from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import Stack

# For each data set its image ids and their packed images.
Images = dict[str, tuple[list[str], Stack]]


def open_images(manifests: Sequence[str], shards: Sequence[str]) -> Images:
    """Open the packed images of every data set.

    Parameters
    ----------
    manifests
        The data sets' packed manifests, each in the folder of its data set.
    shards
        The arrays of all their shards, each data set's in their order.
    """
    images = {}
    for manifest in map(Path, manifests):
        ours = [path for path in shards if Path(path).parents[1] == manifest.parent]
        ids = read_table(manifest)["image_id"].tolist()
        images[manifest.parent.name] = ids, Stack(ours, ids)
    return images
