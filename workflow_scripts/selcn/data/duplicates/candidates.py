"""Candidates for a comparison by local features: images of patients who may be one, and images that look alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import pandas as pd

from selcn.data.duplicates.hashes import BATCH, hash_dataset
from selcn.data.duplicates.images import Images
from selcn.data.duplicates.pairs import canonical_id, distances
from selcn.storage.row_arrays import ShardedArray

PATIENT = ["age", "sex", "site"]
REASONS = ("patient", "colour", "hash")
"""Why two images are compared: equal patient data, similar colours, similar hashes."""

COLUMNS = ("dataset_a", "image_id_a", "dataset_b", "image_id_b", "candidate")
# Bins of lightness and of the two colour axes of CIELAB.
BINS = (6, 8, 8)
# Of the axes a and b, of 0..255: skin lies well inside.
COLOURS = (96, 192)
ROWS = 512


@dataclass(frozen=True)
class Appearance:
    """What images look like, each image once, whichever data sets it is in.

    Attributes
    ----------
    images
        N rows; columns canonical (the image id without `_downsampled`), and dataset and image_id, the first with it.
    hashes
        uint64 (N, 2, 4), of `hash_images`.
    colours
        float32 (N, 384), of `colour_histogram`.
    """

    images: pd.DataFrame
    hashes: np.ndarray
    colours: np.ndarray

    @classmethod
    def of(cls, images: Images) -> "Appearance":
        """Read the packed images of all data sets."""
        names = [pd.DataFrame({"image_id": ids}).assign(dataset=dataset) for dataset, (ids, _) in images.items()]
        table = pd.concat(names, ignore_index=True)
        table = table.assign(canonical=canonical_id(table["image_id"]))
        first = ~table["canonical"].duplicated().to_numpy()
        hashes = np.concatenate([hash_dataset(stack) for _, stack in images.values()])
        colours = np.concatenate([colour_histograms(stack) for _, stack in images.values()])
        return cls(table[first].reset_index(drop=True), hashes[first], colours[first])


def choose_candidates(indices: Mapping[str, pd.DataFrame], seen: Appearance, nearest: int) -> pd.DataFrame:
    """Return the pairs of images that are compared by local features.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and `PATIENT`.
    seen
        Hashes and colours of all images.
    nearest
        Number of each image's nearest others by colour, and by hash, that it is compared with.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: each pair once, candidate being the first of `REASONS` that holds; sorted by image ids.
    """
    names = seen.images["canonical"].to_numpy(object)
    found = [
        patient_pairs(indices),
        _pairs(names, nearest_by_colour(seen.colours, nearest)),
        _pairs(names, nearest_by_hash(seen.hashes, nearest)),
    ]
    pairs = pd.concat([table.assign(candidate=reason) for table, reason in zip(found, REASONS, strict=True)])
    pairs = pairs.drop_duplicates(["first", "second"]).sort_values(["first", "second"])
    place = seen.images.set_index("canonical")
    sides = {
        f"{column}_{side}": place[column].reindex(pairs[name]).to_numpy()
        for side, name in (("a", "first"), ("b", "second"))
        for column in ("dataset", "image_id")
    }
    return pairs.assign(**sides)[list(COLUMNS)].reset_index(drop=True)


def _pairs(names: np.ndarray, nearest: np.ndarray) -> pd.DataFrame:
    """Return the pairs of images, by name, (N,), and the rows of each one's nearest others, (N, count)."""
    sides = np.sort(np.stack([np.repeat(names, nearest.shape[1]), names[nearest.ravel()]]), axis=0)
    return pd.DataFrame({"first": sides[0], "second": sides[1]}, dtype="str").drop_duplicates()


def patient_pairs(indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs of images whose patients may be one: of equal age, sex and site in a data set.

    An unknown value equals an unknown one; images of which nothing is known are in no pair.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and `PATIENT`.

    Returns
    -------
    DataFrame
        Columns first and second, image ids without `_downsampled`, first < second; sorted, each pair once.
    """
    pairs: set[tuple[str, str]] = set()
    for index in indices.values():
        known = index[index[PATIENT].notna().any(axis=1)]
        for _, images in known.groupby(PATIENT, dropna=False):
            pairs.update(combinations(sorted(set(canonical_id(images["image_id"]))), 2))
    return pd.DataFrame(sorted(pairs), columns=["first", "second"], dtype="str")


def colour_histogram(image: np.ndarray) -> np.ndarray:
    """Return the colours of an image as a vector of length 1, float32, whose products are the likeness of two images.

    Parameters
    ----------
    image
        uint8 (S, S, 3) RGB.

    Returns
    -------
    np.ndarray
        Shape (384,): square roots of the shares of pixels in each bin of CIELAB colour.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 1:] = lab[..., 1:].clip(COLOURS[0], COLOURS[1] - 1)
    counts = cv2.calcHist([lab], [0, 1, 2], None, BINS, [0, 256, *COLOURS, *COLOURS])
    return np.sqrt(counts.ravel() / counts.sum()).astype(np.float32)


def colour_histograms(images: ShardedArray) -> np.ndarray:
    """Return the colours of a data set's packed images, (N, 384) float32, read in batches."""
    batches = np.split(np.arange(len(images)), range(BATCH, len(images), BATCH))
    return np.stack([colour_histogram(image) for rows in batches for image in images[rows]])


def nearest_by_colour(histograms: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of each image's nearest others by colour, (N, `count`) int64, in no order."""
    return _nearest(len(histograms), count, lambda rows: -(histograms[rows] @ histograms.T))


def nearest_by_hash(hashes: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of each image's nearest others by hash, (N, `count`) int64, in no order."""
    return _nearest(len(hashes), count, lambda rows: distances(hashes[rows], hashes))


def _nearest(size: int, count: int, distances_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    count = min(count, size - 1)
    found = np.empty((size, count), np.int64)
    for begin in range(0, size, ROWS):
        rows = np.arange(begin, min(begin + ROWS, size))
        away = distances_of(rows).astype(np.float32)
        away[np.arange(len(rows)), rows] = np.inf
        found[rows] = np.argpartition(away, count - 1, axis=1)[:, :count] if count else 0
    return found
