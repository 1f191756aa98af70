"""Candidates for a comparison by local features: images of patients who may be one, and images that look alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
        Columns `COLUMNS`, categorical: each pair once, candidate being the first of `REASONS` that holds; sorted by
        image ids without `_downsampled`.
    """
    order = seen.images["canonical"].argsort().to_numpy()
    images, count = seen.images.iloc[order].reset_index(drop=True), len(order)
    found = [
        patient_pairs(indices, images["canonical"]),
        _pairs(nearest_by_colour(seen.colours[order], nearest)),
        _pairs(nearest_by_hash(seen.hashes[order], nearest)),
    ]
    # A number for each pair: there are tens of millions of pairs of a hundred thousand images.
    numbers = np.concatenate([first * count + second for first, second in found])
    numbers, place = np.unique(numbers, return_index=True)
    reason = np.repeat(np.arange(len(found)), [pairs.shape[1] for pairs in found])[place]
    table = {"candidate": pd.Categorical.from_codes(reason, REASONS)}
    for side, rows in zip("ab", np.divmod(numbers, count), strict=True):
        for column in ("dataset", "image_id"):
            table[f"{column}_{side}"] = pd.Categorical(images[column]).take(rows)
    return pd.DataFrame(table)[list(COLUMNS)]


def _pairs(nearest: np.ndarray) -> np.ndarray:
    """Return the pairs of rows, (2, pairs) int64, the lower first, of each row's nearest others, (N, count)."""
    rows = np.repeat(np.arange(len(nearest)), nearest.shape[1])
    return np.sort(np.stack([rows, nearest.ravel()]), axis=0)


def patient_pairs(indices: Mapping[str, pd.DataFrame], images: pd.Series) -> np.ndarray:
    """Return the pairs of images whose patients may be one: of equal age, sex and site in a data set.

    An unknown value equals an unknown one; images of which nothing is known are in no pair.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and `PATIENT`.
    images
        Image ids without `_downsampled`, each once, (N,).

    Returns
    -------
    ndarray
        Shape (2, pairs), int64: places in `images`, the lower first. A pair may occur more than once.
    """
    place = pd.Index(images)
    pairs = [np.empty((2, 0), np.int64)]
    for index in indices.values():
        known = index[index[PATIENT].notna().any(axis=1)]
        rows = place.get_indexer(canonical_id(known["image_id"]))
        for members in known.reset_index(drop=True).groupby(PATIENT, dropna=False).indices.values():
            of_patient = np.unique(rows[members])
            pairs.append(of_patient[np.stack(np.triu_indices(len(of_patient), 1))])
    return np.concatenate(pairs, axis=1)


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
