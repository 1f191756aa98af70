"""All keypoints of an image in one vector, by which images that share keypoints are found among many (VLAD).

Jegou, Douze, Schmid and Perez 2010, each word's sum scaled to length 1 as in Arandjelovic and Zisserman 2013.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from selcn.data.duplicates.keypoints import LENGTH, Keypoints

WORDS = 64
# Of each image that words are chosen from.
DESCRIPTORS = 20
BATCH = 2048


def choose_words(images: Sequence[Keypoints], rng: np.random.Generator) -> np.ndarray:
    """Return typical descriptors, float32 (`WORDS` at most, 128): the centres of clusters of the images' descriptors.

    Parameters
    ----------
    images
        Keypoints of some images.
    """
    sampled = [image.descriptors[rng.permutation(len(image))[:DESCRIPTORS]] for image in images]
    descriptors = np.concatenate([np.empty((0, LENGTH), np.uint8), *sampled]).astype(np.float32)
    words = min(WORDS, len(np.unique(descriptors, axis=0)))
    if not words:
        return np.empty((0, LENGTH), np.float32)
    clusters = MiniBatchKMeans(words, batch_size=BATCH, n_init=1, random_state=int(rng.integers(2**31)))
    return clusters.fit(descriptors).cluster_centers_


def summarise(keypoints: Keypoints, words: np.ndarray) -> np.ndarray:
    """Return the keypoints of an image as one vector of length 1: how they differ from their nearest words.

    Parameters
    ----------
    words
        float32 (W, 128), of `choose_words`.

    Returns
    -------
    np.ndarray
        Shape (W * 128,), float32; zeros of an image without keypoints.
    """
    sums = np.zeros_like(words)
    if len(keypoints) and len(words):
        descriptors = keypoints.descriptors.astype(np.float32)
        nearest = np.argmax(descriptors @ words.T - (words**2).sum(axis=1) / 2, axis=1)
        for word in np.unique(nearest):
            sums[word] = (descriptors[nearest == word] - words[word]).sum(axis=0)
    return _unit(_unit(sums).ravel())


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors, along the last axis, scaled to length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
