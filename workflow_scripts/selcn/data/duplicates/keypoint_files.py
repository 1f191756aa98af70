"""Keypoints of all images on disk: a row an image, found once and compared often."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from selcn.data.duplicates.keypoints import LENGTH, MOST, Keypoints, find_keypoints
from selcn.data.images import read_image
from selcn.jobs.parallel import in_order
from selcn.storage.row_arrays import ShardedArray, writing_rows

ARRAY, MANIFEST = "keypoints.npy", "manifest.parquet"
COLUMNS = ("image_id", "keypoints", "sha256")
# Steps a pixel: images are at most 200 pixels wide, so that a place fits 16 bits.
STEPS = 256
# A descriptor, x and y.
ROW = (MOST, LENGTH + 4)
# Of 53 kB each.
REMEMBERED = 4096


def to_row(keypoints: Keypoints) -> np.ndarray:
    """Return keypoints as a row of the array, uint8 (400, 132); zeros beyond their number."""
    row = np.zeros(ROW, np.uint8)
    places = np.rint(keypoints.points * STEPS).astype(np.uint16)
    row[: len(keypoints), :LENGTH] = keypoints.descriptors
    row[: len(keypoints), LENGTH:] = places.view(np.uint8).reshape(-1, 4)
    return row


def from_row(row: np.ndarray, count: int) -> Keypoints:
    """Return the keypoints of a row of the array, to 1/256 pixel; `count` is their number."""
    places = np.ascontiguousarray(row[:count, LENGTH:]).view(np.uint16)
    return Keypoints(places.astype(np.float32) / STEPS, row[:count, :LENGTH])


def write_keypoints(index: pd.DataFrame, threads: int, folder: Path) -> pd.DataFrame:
    """Find the keypoints of the images of an index, write their array into a folder, and return its manifest.

    Parameters
    ----------
    index
        Columns image_id, path and sha256.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, in the order of the index: their number, and the SHA-256 of the row.
    """
    # One image per thread: OpenCV's own threads would compete with these.
    cv2.setNumThreads(1)
    rows = []
    found = in_order(_found_in, index.itertuples(), threads)
    with writing_rows(folder / ARRAY, len(index), ROW, np.uint8) as append:
        for image_id, keypoints in tqdm(
            zip(index["image_id"], found, strict=True), total=len(index), unit="image", disable=None
        ):
            row = to_row(keypoints)
            append(row)
            rows.append((image_id, len(keypoints), hashlib.sha256(row.tobytes()).hexdigest()))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"image_id": "str", "keypoints": "int32"})


def _found_in(row) -> Keypoints:
    return find_keypoints(read_image(row.path, row.sha256))


class KeypointFiles:
    """The keypoints of the images of all data sets, read when they are asked for.

    Parameters
    ----------
    manifests
        For each data set its manifest, all shards joined.
    arrays
        For each data set its shards' arrays, in order.
    """

    def __init__(self, manifests: Mapping[str, pd.DataFrame], arrays: Mapping[str, list[str]]) -> None:
        self._arrays = {name: ShardedArray(arrays[name], table["image_id"]) for name, table in manifests.items()}
        self._counts = {name: table["keypoints"].to_numpy() for name, table in manifests.items()}
        self._rows = {
            name: dict(zip(table["image_id"], range(len(table)), strict=True)) for name, table in manifests.items()
        }
        self.of = lru_cache(REMEMBERED)(self._read)

    def _read(self, dataset: str, image_id: str) -> Keypoints:
        row = self._rows[dataset][image_id]
        return from_row(self._arrays[dataset][row], int(self._counts[dataset][row]))
