"""Candidate pairs of near-duplicates over all data sets, also rotated or mirrored."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.data.duplicates.hashes import PARITIES

# Of 255 bits; docs/decisions.md says how it was chosen.
DISTANCE = 48
# How the second image of a pair is turned to match the first, in the order in which distances are compared:
# transposed or not, and then mirrored along the vertical and the horizontal axis of pixels.
TURNS = {
    "": lambda image: image,
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "half turn": lambda image: image[::-1, ::-1],
    "transposed": lambda image: image.swapaxes(0, 1),
    "quarter turn right": lambda image: image.swapaxes(0, 1)[:, ::-1],
    "quarter turn left": lambda image: image.swapaxes(0, 1)[::-1],
    "transposed, half turn": lambda image: image.swapaxes(0, 1)[::-1, ::-1],
}
KEY = ["first", "second"]
COLUMNS = ("dataset_a", "image_id_a", "dataset_b", "image_id_b", "distance", "turn")
# Small enough that a block of distances stays in the processor's cache.
ROWS, OTHERS = 64, 2048


def canonical_id(image_ids: Sequence[str] | pd.Series) -> pd.Series:
    """Return image ids without the suffix `_downsampled`, which ISIC 2019 appends to some."""
    return pd.Series(image_ids, dtype="str").str.removesuffix("_downsampled")


def keyed(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with the columns `KEY`, by which one pair is recognised in every table.

    They are the image ids without `_downsampled`, the first in the alphabet first: the order of image_id_a and
    image_id_b may be another.
    """
    first, second = canonical_id(pairs["image_id_a"]), canonical_id(pairs["image_id_b"])
    ahead = first < second
    return pairs.assign(first=first.where(ahead, second), second=second.where(ahead, first))


def near_pairs(hashes: np.ndarray, distance: int = DISTANCE) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find all pairs of hashes that differ in few bits.

    Parameters
    ----------
    hashes
        uint64 (N, 2, 4), as `hash_images` returns them.
    distance
        Maximum number of differing bits, for the symmetry of the second image with the fewest.

    Returns
    -------
    first, second, bits, turn : ndarray
        Shape (pairs,), int64: rows, first < second, sorted; the number of differing bits; and the index in `TURNS` of
        the symmetry.

    Raises
    ------
    ValueError
        `distance` is negative.
    """
    if distance < 0:
        raise ValueError(f"distance is {distance}; expected a number of bits, at least 0")
    found = [np.empty((4, 0), np.int64)]
    for begin in range(0, len(hashes), ROWS):
        block = hashes[begin : begin + ROWS]
        for start in range(begin, len(hashes), OTHERS):
            others = hashes[start : start + OTHERS]
            nearest = distances(block, others)
            first, second = np.nonzero(nearest <= distance)
            later = second + start > first + begin
            first, second = first[later], second[later]
            turn = _turn_of(block[first], others[second])
            found.append(np.stack([first + begin, second + start, nearest[first, second], turn]).astype(np.int64))
    first, second, bits, turn = np.concatenate(found, axis=1)
    order = np.lexsort((second, first))
    return first[order], second[order], bits[order], turn[order]


def near_duplicates(images: Mapping[str, tuple[Sequence[str], np.ndarray]], distance: int = DISTANCE) -> pd.DataFrame:
    """Find candidate pairs of near-duplicates over all data sets, to be confirmed by `confirmed`.

    Parameters
    ----------
    images
        For each data set its image ids and their hashes, uint64 (N, 2, 4). The same id in several data sets, with or
        without `_downsampled`, is one image and not a pair.
    distance
        As in `near_pairs`.

    Returns
    -------
    DataFrame
        One row per pair of images, for the two files that differ least if an image is in several data sets; columns
        `COLUMNS`: distance in bits (int64), turn one of `TURNS`; sorted by distance, then image ids.
    """
    names = pd.concat(
        [pd.DataFrame({"dataset": dataset, "image_id": list(ids)}) for dataset, (ids, _) in images.items()],
        ignore_index=True,
    )
    # Sorted by id, so that pairs do not depend on the order of the data sets.
    order = names.sort_values(["image_id", "dataset"]).index
    names = names.loc[order].reset_index(drop=True)
    hashes = np.concatenate([found for _, found in images.values()])[order]
    first, second, bits, turn = near_pairs(hashes, distance)
    sides = [names.iloc[rows].reset_index(drop=True).add_suffix(end) for rows, end in ((first, "_a"), (second, "_b"))]
    pairs = pd.concat(sides, axis=1).assign(distance=bits, turn=np.array(list(TURNS))[turn])
    pairs = keyed(pairs)
    pairs = pairs[pairs["first"] != pairs["second"]]
    pairs = pairs.sort_values(["distance", "image_id_a", "image_id_b", "dataset_a", "dataset_b"])
    return pairs.drop_duplicates(KEY)[list(COLUMNS)].reset_index(drop=True)


def distances(block: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the smallest number of differing bits under any symmetry, (rows, others), of hashes (N, 2, 4)."""
    counts = _differing(block[:, None], others[None])
    return np.minimum.reduce(list(_under_symmetries(counts)))


def _turn_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the index in `TURNS` of the symmetry under which each pair, (pairs, 2, 4) twice, differs least."""
    return np.argmin(list(_under_symmetries(_differing(first, second))), axis=0)


def _differing(first: np.ndarray, second: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Yield the differing bits of each parity between images and others, then with the others transposed."""
    for transposed in (0, 1):
        yield [
            np.bitwise_count(first[..., 0, word] ^ second[..., transposed, word]).astype(np.int16)
            for word in range(len(PARITIES))
        ]


def _under_symmetries(counts: Iterator[list[np.ndarray]]) -> Iterator[np.ndarray]:
    """Yield the differing bits under each of `TURNS`."""
    for even, horizontal, vertical, both in counts:
        # Mirroring flips the sign of every odd frequency: those of the 64 bits that agreed then differ.
        yield even + horizontal + vertical + both
        yield even + (64 - horizontal) + vertical + (64 - both)
        yield even + horizontal + (64 - vertical) + (64 - both)
        yield even + (64 - horizontal) + (64 - vertical) + both
