"""Labels of the nearest images of other lesions, by the features of a frozen encoder."""

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import RowFile

BLOCK = 512
"""Feature maps in memory at once."""


def pooled_features(features: str, manifest: str) -> tuple[list[str], np.ndarray]:
    """Read the features of a data set's images as they are, not flipped or rotated, averaged over the map.

    Parameters
    ----------
    features, manifest
        Files of `encode_features`.

    Returns
    -------
    image_ids, features : list of str, ndarray
        float32 (N, C).
    """
    table, array = read_table(manifest), RowFile(features)
    rows = np.flatnonzero(table["variant"] == "original")
    blocks = np.split(rows, range(BLOCK, len(rows), BLOCK))
    pooled = [array[block].astype(np.float32).mean(axis=(2, 3)) for block in blocks]
    return table["image_id"].to_numpy()[rows].tolist(), np.concatenate(pooled)


def neighbour_shares(
    features: np.ndarray, label: np.ndarray, lesions: np.ndarray, classes: int, count: int
) -> np.ndarray:
    """Return the share of each class among the nearest images of other lesions, by cosine distance.

    Parameters
    ----------
    features
        Shape (N, C), no row zero.
    label
        Column of each image's label, (N,) int.
    lesions
        The lesion of each image, (N,).
    classes
        Number of classes.
    count
        Number of neighbours. An image with fewer images of other lesions has them all.

    Returns
    -------
    ndarray
        float64 (N, classes), 0..1; NaN for an image without any other lesion.
    """
    lesion, _ = pd.factorize(lesions)
    # On the unit sphere the Euclidean distance orders neighbours as the cosine does, and scikit-learn's is faster.
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    asked = min(len(units), count + int(np.bincount(lesion).max()))
    nearest = NearestNeighbors(n_neighbors=asked, algorithm="brute").fit(units).kneighbors(units, return_distance=False)
    others = lesion[nearest] != lesion[:, None]
    kept = others & (others.cumsum(axis=1) <= count)
    of_class = label[nearest][..., None] == np.arange(classes)
    found = kept.sum(axis=1, keepdims=True)
    counts = (of_class & kept[..., None]).sum(axis=1)
    return np.divide(counts, found, out=np.full(counts.shape, np.nan), where=found > 0)
