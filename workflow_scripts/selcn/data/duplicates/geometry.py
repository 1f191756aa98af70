"""Comparison of two images by local features: matches of descriptors that one similarity transform explains."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields

import cv2
import numpy as np
import pandas as pd

from selcn.data.duplicates.candidates import COLUMNS
from selcn.data.duplicates.keypoints import SCALE, Keypoints

# A match must be this much nearer than the second nearest descriptor (Lowe 2004, with mutual nearest neighbours).
RATIO = 0.9
# Pixels, at the size at which images are compared.
TOLERANCE = 3.0
ROUNDS = 500
CONFIDENCE = 0.99
# Two points fix a similarity transform, so that few inliers say nothing.
FEWEST = 5
# Largest change of size between two images of a lesion.
MOST_ZOOM = 4.0


@dataclass(frozen=True)
class Match:
    """How well the local features of two images agree.

    Attributes
    ----------
    inliers
        Matches that the transform explains within `TOLERANCE`; 0 without a plausible transform.
    matches
        Mutual nearest descriptors.
    scale, rotation, shift_x, shift_y
        The transform of the second image's pixels onto the first's: a factor, degrees counter-clockwise, pixels.
    """

    inliers: int
    matches: int
    scale: float = 1.0
    rotation: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0


def compare(first: Keypoints, second: Keypoints) -> Match:
    """Return how well the keypoints of two images agree; shifted, turned, zoomed or re-lit images of one lesion do."""
    rows, others = mutual_matches(first.descriptors, second.descriptors)
    if len(rows) < FEWEST:
        return Match(0, len(rows))
    transform, inliers = cv2.estimateAffinePartial2D(
        second.points[others],
        first.points[rows],
        method=cv2.RANSAC,
        ransacReprojThreshold=TOLERANCE,
        maxIters=ROUNDS,
        confidence=CONFIDENCE,
    )
    if transform is None:
        return Match(0, len(rows))
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if not 1 / MOST_ZOOM <= scale <= MOST_ZOOM:
        return Match(0, len(rows))
    # Image rows grow downwards.
    rotation = float(np.rad2deg(np.arctan2(-transform[1, 0], transform[0, 0])))
    shift_x, shift_y = map(float, transform[:, 2])
    return Match(int(inliers.sum()), len(rows), scale, rotation, shift_x, shift_y)


def mutual_matches(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the descriptors that are each other's nearest, and clearly nearer than the second nearest.

    Parameters
    ----------
    first, second
        RootSIFT descriptors times `SCALE`, uint8 (N, 128) and (M, 128).

    Returns
    -------
    rows, others : ndarray
        Shape (matches,), int64: rows of `first` and of `second`.
    """
    if len(first) == 0 or len(second) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    # Root descriptors have length 1, so that products order them as distances do.
    likeness = first.astype(np.float32) @ second.astype(np.float32).T / SCALE**2
    nearest = likeness.argmax(axis=1)
    rows = np.flatnonzero(likeness.argmax(axis=0)[nearest] == np.arange(len(first)))
    others = nearest[rows]
    likeness = likeness[rows]
    best = likeness[np.arange(len(rows)), others]
    likeness[np.arange(len(rows)), others] = -np.inf
    clear = 1 - best < RATIO**2 * (1 - likeness.max(axis=1))
    return rows[clear], others[clear]


def compare_pairs(pairs: Iterable, keypoints_of: Callable[[str, str], Keypoints]) -> pd.DataFrame:
    """Compare pairs of images, and return those with at least `FEWEST` inliers.

    Parameters
    ----------
    pairs
        Named tuples of `candidates.COLUMNS`.
    keypoints_of
        The keypoints of an image, by data set and image id.

    Returns
    -------
    DataFrame
        Columns `candidates.COLUMNS` and those of `Match`, of these pairs, in the order given.
    """
    found = []
    for pair in pairs:
        match = compare(keypoints_of(pair.dataset_a, pair.image_id_a), keypoints_of(pair.dataset_b, pair.image_id_b))
        if match.inliers >= FEWEST:
            found.append({name: getattr(pair, name) for name in COLUMNS} | asdict(match))
    return pd.DataFrame(found, columns=[*COLUMNS, *(field.name for field in fields(Match))]).astype(
        {**dict.fromkeys(COLUMNS, "str"), "inliers": "int32", "matches": "int32"}
    )
