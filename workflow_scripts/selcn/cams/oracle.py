"""Oracle controls: maps that tell the true class of an image, to see whether an E-Layer can use a map at all."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from selcn.data.splits.folds import NO_FOLD
from selcn.design.cam_sources import Oracle

# In shares of the map's side. A disc whose place tells the class lies within the map, so that all have the same area.
STRENGTH_RADIUS, PLACE_RADIUS, PLACE_ORBIT = 0.5, 0.2, 0.3
# Points a side in which a cell of the grid is sampled.
SAMPLES = 64


def class_strengths(classes: int, height: int, width: int) -> np.ndarray:
    """Return a map for each class: a centred disc whose strength tells the class, 1/classes to 1 in equal steps.

    Returns
    -------
    ndarray
        Shape (classes, height, width), float16, 0..1.
    """
    strengths = np.arange(1, classes + 1) / classes
    disc = _disc(0.5, 0.5, STRENGTH_RADIUS, height, width)
    return (strengths[:, None, None] * disc).astype(np.float16)


def class_places(classes: int, height: int, width: int) -> np.ndarray:
    """Return a map for each class: a disc whose place tells the class, its centre on a circle about the map's.

    All discs have the same area and strength, so that no class's map is brighter. Shape and range are those of
    `class_strengths`.
    """
    angles = 2 * np.pi * np.arange(classes) / classes
    centres = 0.5 + PLACE_ORBIT * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.stack([_disc(y, x, PLACE_RADIUS, height, width) for y, x in centres]).astype(np.float16)


def _disc(y: float, x: float, radius: float, height: int, width: int) -> np.ndarray:
    """Return the share of a disc in each cell of a grid, (height, width); lengths in shares of the grid's sides."""
    down, across = ((np.arange(size * SAMPLES) + 0.5) / (size * SAMPLES) for size in (height, width))
    inside = (down[:, None] - y) ** 2 + (across - x) ** 2 <= radius**2
    return inside.reshape(height, SAMPLES, width, SAMPLES).mean(axis=(1, 3))


def told_classes(
    image_ids: Sequence[str], labels: Sequence[str], classes: Sequence[str], share: float, seed: int
) -> np.ndarray:
    """Return the class that each image's map shows: the true one for a share of the images, else one drawn at random.

    Whether an image's map tells the truth, and the class drawn for it, follow from the seed and its id alone. The
    images told the truth at one share are told it at every larger one. The drawn class is uniform over all classes and
    may be the true one, so that with K classes the share of maps that agree with the truth is share + (1 - share) / K.

    Parameters
    ----------
    image_ids, labels
        Of N images; an image whose label is not among the classes is never told the truth.
    share
        0..1.

    Returns
    -------
    ndarray
        Shape (N,), int64: codes of the classes.
    """
    draws = {image_id: _draws(image_id, seed) for image_id in dict.fromkeys(image_ids)}
    told, drawn = np.array([draws[image_id] for image_id in image_ids]).reshape(-1, 2).T
    true = pd.Index(classes).get_indexer(pd.Index(labels))
    return np.where((told < share) & (true >= 0), true, (drawn * len(classes)).astype(np.int64))


def of_classes(
    frame: pd.DataFrame, labels: pd.Series, classes: Sequence[str], oracle: Oracle, seed: int, grid: tuple[int, int]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the oracle's map of every image, the same for all of its variants.

    Parameters
    ----------
    frame
        Columns image_id and variant: the rows of a CAM table.
    labels
        The label of each image, by image_id.
    grid
        Height and width of the maps.

    Raises
    ------
    ValueError
        An image has no label.
    """
    label = frame["image_id"].map(labels)
    if label.isna().any():
        raise ValueError(
            f"{int(label.isna().sum())} rows of the CAM table are of images without a label, "
            f"{frame['image_id'][label.isna()].iloc[0]} the first; expected one of each in the index: delete the CAM "
            "table and run the same command again"
        )
    maps = (class_places if oracle.by_place else class_strengths)(len(classes), *grid)
    told = told_classes(frame["image_id"], label, classes, oracle.share, seed)
    return frame.assign(predicted="", empty=False, fold=np.int8(NO_FOLD)), maps[told]


def _draws(image_id: str, seed: int) -> tuple[float, float]:
    """Return two numbers, uniform in 0..1 (1 excluded) and independent, for an image id and a seed."""
    digest = hashlib.blake2b(f"{seed} {image_id}".encode(), digest_size=16).digest()
    # 53 bits, which a float holds exactly.
    first, second = (int.from_bytes(digest[start : start + 8], "big") >> 11 for start in (0, 8))
    return first / 2**53, second / 2**53
