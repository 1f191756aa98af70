"""Packed images and keypoints of all data sets, among which near-duplicates are searched."""

from collections.abc import Iterable, Mapping

import pandas as pd

from selcn.data.duplicates.keypoint_files import KeypointFiles
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import ShardedArray

# For each data set its image ids and their packed images.
Images = dict[str, tuple[list[str], ShardedArray]]


def open_images(inputs, datasets: Iterable[str]) -> Images:
    """Open the packed images of every data set.

    Parameters
    ----------
    inputs
        A job's inputs: `<data set>_rows`, the packed manifest, and `<data set>_images`, the arrays of its shards.
    """
    images = {}
    for dataset in datasets:
        ids = read_table(inputs[f"{dataset}_rows"])["image_id"].tolist()
        images[dataset] = ids, ShardedArray(as_list(inputs[f"{dataset}_images"]), ids)
    return images


def read_manifests(inputs, datasets: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read the joined manifest of the keypoints of every data set from a job's inputs, `<data set>_keypoint_rows`."""
    return {dataset: read_table(inputs[f"{dataset}_keypoint_rows"]) for dataset in datasets}


def open_keypoints(inputs, manifests: Mapping[str, pd.DataFrame]) -> KeypointFiles:
    """Open the keypoints whose manifests `read_manifests` has read; their arrays are `<data set>_keypoints`."""
    return KeypointFiles(manifests, {dataset: as_list(inputs[f"{dataset}_keypoints"]) for dataset in manifests})
