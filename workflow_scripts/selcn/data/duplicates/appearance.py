"""What images look like, and which others each of them looks most like: by colour, hash and keypoints."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from selcn.data.duplicates.hashes import BATCH, hash_dataset
from selcn.data.duplicates.images import Images
from selcn.data.duplicates.keypoint_files import KeypointFiles
from selcn.data.duplicates.keypoint_words import choose_words, summarise
from selcn.data.duplicates.pairs import canonical_id, distances
from selcn.storage.row_arrays import ShardedArray

# Bins of lightness and of the two colour axes of CIELAB.
BINS = (6, 8, 8)
# Of the axes a and b, of 0..255: skin lies well inside.
COLOURS = (96, 192)
ROWS = 512
# Images whose keypoints the words are chosen from.
SAMPLED = 2000


@dataclass(frozen=True)
class Appearance:
    """What images look like, each image once, whichever data sets it is in.

    Attributes
    ----------
    images
        N rows; columns canonical (the image id without `_downsampled`), and dataset and image_id, the first with it.
    colours
        float32 (N, 384), of `colour_histogram`.
    hashes
        uint64 (N, 2, 4), of `hash_images`.
    features
        float16 (N, 8192), of `summarise`.
    """

    images: pd.DataFrame
    colours: np.ndarray
    hashes: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, images: Images, keypoints: KeypointFiles, rng: np.random.Generator) -> "Appearance":
        """Read the packed images and the keypoints of all data sets."""
        names = [pd.DataFrame({"image_id": ids}).assign(dataset=dataset) for dataset, (ids, _) in images.items()]
        table = pd.concat(names, ignore_index=True)
        table = table.assign(canonical=canonical_id(table["image_id"]))
        first = ~table["canonical"].duplicated().to_numpy()
        colours = np.concatenate([colour_histograms(stack) for _, stack in images.values()])
        hashes = np.concatenate([hash_dataset(stack) for _, stack in images.values()])
        kept = table[first].reset_index(drop=True)
        features = summarise_all(kept, keypoints, rng)
        return cls(kept, colours[first], hashes[first], features)

    def nearest(self, count: int) -> dict[str, np.ndarray]:
        """Return the rows of each image's nearest others, (N, `count`) int64, in no order, by what is compared."""
        return {
            "colour": nearest_by_product(self.colours, count),
            "hash": nearest_by_hash(self.hashes, count),
            "features": nearest_by_product(self.features, count),
        }


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


def summarise_all(images: pd.DataFrame, keypoints: KeypointFiles, rng: np.random.Generator) -> np.ndarray:
    """Return the keypoints of each image (columns dataset and image_id) as a vector, (N, 8192) float16."""
    names = list(zip(images["dataset"], images["image_id"], strict=True))
    words = choose_words([keypoints.of(*names[row]) for row in rng.permutation(len(names))[:SAMPLED]], rng)
    vectors = np.empty((len(names), words.size), np.float16)
    for row, name in enumerate(names):
        vectors[row] = summarise(keypoints.of(*name), words)
    return vectors


def nearest_by_product(vectors: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of each image's nearest others by the product of vectors, (N, `count`) int64, in no order."""
    blocks = range(0, len(vectors), ROWS)

    def away(rows: np.ndarray) -> np.ndarray:
        # In blocks, since products of float16 are slow, and all vectors in float32 take twice the memory.
        asked = vectors[rows].astype(np.float32)
        return -np.concatenate([asked @ vectors[at : at + ROWS].astype(np.float32).T for at in blocks], axis=1)

    return _nearest(len(vectors), count, away)


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
