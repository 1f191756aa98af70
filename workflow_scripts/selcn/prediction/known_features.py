"""Search for the known image that shares local features with a new one.

Each known image has its strongest keypoints (`selcn.data.duplicates.keypoints`), their descriptors reduced to principal
components and listed by the nearest of some thousand words. A new image's keypoints vote for the images of the nearest
entries; the images with most votes are compared with it as the study compares its own.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load_file, save_file

from selcn.data.duplicates.geometry import compare
from selcn.data.duplicates.keypoints import SCALE, Keypoints
from selcn.storage.artifacts import replacing

# How these were chosen is in docs/decisions.md.
STRONGEST = 200
COMPONENTS = 16
# A keypoint votes for the entries of its word that are nearer than that of this rank.
RANK = 30
# Keypoints that vote, the strongest; and images with most votes that are compared.
VOTING, COMPARED = 100, 5


class Reduced(NamedTuple):
    """An image's strongest keypoints: `components`, int8 (K, C), and `points`, uint8 (K, 2), x and y in pixels."""

    components: np.ndarray
    points: np.ndarray


@dataclass(frozen=True)
class Projection:
    """Principal components of descriptors.

    Attributes
    ----------
    mean
        float32 (128,), of descriptors.
    axes
        float32 (128, C), each of length 1.
    step
        float32 (1,): what one step of the components, rounded to 8 bits, is.
    """

    mean: np.ndarray
    axes: np.ndarray
    step: np.ndarray

    def reduce(self, keypoints: Keypoints) -> Reduced:
        """Return the `STRONGEST` keypoints, reduced; `find_keypoints` returns the strongest first."""
        exact = (keypoints.descriptors[:STRONGEST].astype(np.float32) - self.mean) @ self.axes / self.step
        points = np.rint(keypoints.points[:STRONGEST]).astype(np.uint8)
        return Reduced(np.rint(exact).clip(-127, 127).astype(np.int8), points)

    def restore(self, reduced: Reduced) -> Keypoints:
        """Return keypoints with approximate descriptors, of the length of RootSIFT's times `SCALE`."""
        approximate = self.mean + reduced.components.astype(np.float32) * self.step @ self.axes.T
        lengths = np.linalg.norm(approximate, axis=1, keepdims=True)
        return Keypoints(reduced.points.astype(np.float32), SCALE * approximate / lengths)


@dataclass(frozen=True)
class KnownFeatures:
    """Reduced keypoints of all known images, in the order of their words.

    Attributes
    ----------
    projection
        Of the descriptors.
    words
        float32 (W, C): centres of clusters of components.
    begins
        int64 (W + 1,): where the keypoints of each word begin.
    components, points
        Of `Reduced`, (K, C) and (K, 2).
    images
        int32 (K,): the row of each keypoint's image.
    """

    projection: Projection
    words: np.ndarray
    begins: np.ndarray
    components: np.ndarray
    points: np.ndarray
    images: np.ndarray

    @classmethod
    def load(cls, path: str | Path) -> "KnownFeatures":
        """Read the file that `save` wrote."""
        arrays = load_file(path)
        return cls(Projection(*(arrays.pop(name) for name in ("mean", "axes", "step"))), **arrays)

    def save(self, path: str | Path) -> None:
        """Write them as safetensors."""
        names = ("words", "begins", "components", "points", "images")
        with replacing(path) as temporary:
            save_file(vars(self.projection) | {name: getattr(self, name) for name in names}, temporary)

    @cached_property
    def _by_image(self) -> tuple[np.ndarray, np.ndarray]:
        """The keypoints' places in the order of their images, and where those of each image begin."""
        order = np.argsort(self.images, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.images[order], np.arange(self.images.max(initial=-1) + 2))

    def most_alike(self, keypoints: Keypoints) -> tuple[int, int]:
        """Return the row of the known image that shares most features with a new one, and their number.

        Returns
        -------
        row, inliers : int
            -1 and 0 where no image has a vote.
        """
        new = self.projection.reduce(keypoints)
        restored = self.projection.restore(new)
        compared = [(compare(restored, self.of(row)).inliers, -row) for row in self.candidates(new.components[:VOTING])]
        inliers, row = max(compared, default=(0, 1))
        return -row, inliers

    def of(self, row: int) -> Keypoints:
        """Return the keypoints of the image of a row."""
        order, begins = self._by_image
        places = order[begins[row] : begins[row + 1]]
        return self.projection.restore(Reduced(self.components[places], self.points[places]))

    def candidates(self, components: np.ndarray, count: int = COMPARED) -> list[int]:
        """Return the rows of the images with most votes of a new image's keypoints, most first."""
        exact, words = components.astype(np.float32), words_of(components, self.words)
        images, votes = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for word in np.unique(words):
            listed = slice(*self.begins[word : word + 2])
            vote = _votes(exact[words == word], self.components[listed].astype(np.float32))
            found = np.nonzero(vote > 0)
            images.append(self.images[listed][found[1]])
            votes.append(vote[found])
        total = np.bincount(np.concatenate(images), np.concatenate(votes))
        best = np.argsort(-total, kind="stable")[:count]
        return [int(row) for row in best if total[row] > 0]


def words_of(components: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return the nearest of words, float32 (W, C), of each of some components, int8 (K, C), as int64 (K,)."""
    return np.argmax(components.astype(np.float32) @ words.T - (words**2).sum(axis=1) / 2, axis=1)


def _votes(asked: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Return the vote of each asked vector, (k, C), for each listed one, (n, C): above 0 if nearer than that of `RANK`.

    The vote is the share by which the squared distance is smaller.
    """
    away = (asked**2).sum(axis=1)[:, None] + (listed**2).sum(axis=1) - 2 * asked @ listed.T
    rank = min(RANK, len(listed) - 1)
    limit = np.partition(away, rank, axis=1)[:, rank : rank + 1]
    return 1 - away / limit.clip(1)
