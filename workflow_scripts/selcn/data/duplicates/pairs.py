"""Which images of all data sets together are nearly the same, as they are or turned or mirrored."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.data.duplicates.hashes import PARITIES

# Of 255 bits; how it was chosen is in docs/decisions.md.
DISTANCE = 48
# What to do with the second image of a pair to see it as the first, in the order in which distances are compared:
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
COLUMNS = ("dataset_a", "image_id_a", "dataset_b", "image_id_b", "distance", "turn")
# Small enough that a block of distances stays in the processor's cache.
ROWS, OTHERS = 64, 2048


def photograph_of(image_ids: Sequence[str] | pd.Series) -> pd.Series:
    """Return the photograph that each image id stands for: ISIC 2019 calls some `..._downsampled`."""
    return pd.Series(image_ids, dtype="str").str.removesuffix("_downsampled")


def near_pairs(hashes: np.ndarray, distance: int = DISTANCE) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find all pairs of hashes that differ in few bits.

    Parameters
    ----------
    hashes
        uint64 (N, 2, 4), as `hash_images` returns them.
    distance
        The most bits in which two hashes may differ, under that symmetry of the second image under which they are
        the most alike.

    Returns
    -------
    first, second, bits, turn : ndarray
        Shape (pairs,), int64: rows, first < second, sorted; in how many bits they differ; and the place in `TURNS` of
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
            nearest = _nearest(block, others)
            first, second = np.nonzero(nearest <= distance)
            later = second + start > first + begin
            first, second = first[later], second[later]
            turn = _turn_of(block[first], others[second])
            found.append(np.stack([first + begin, second + start, nearest[first, second], turn]).astype(np.int64))
    first, second, bits, turn = np.concatenate(found, axis=1)
    order = np.lexsort((second, first))
    return first[order], second[order], bits[order], turn[order]


def near_duplicates(images: Mapping[str, tuple[Sequence[str], np.ndarray]], distance: int = DISTANCE) -> pd.DataFrame:
    """Find photographs over all data sets that may be nearly the same; `confirmed` tells which are.

    Parameters
    ----------
    images
        For each data set its image ids and their hashes, uint64 (N, 2, 4). One id in several data sets is one
        photograph and no pair; neither is one with and without `_downsampled`.
    distance
        As in `near_pairs`.

    Returns
    -------
    DataFrame
        A row a pair of photographs, that of their copies in whatever data sets that differ least; columns `COLUMNS`,
        of which distance is in bits (int64) and turn one of `TURNS`; the nearest first, then by image ids.
    """
    names = pd.concat(
        [pd.DataFrame({"dataset": dataset, "image_id": list(ids)}) for dataset, (ids, _) in images.items()],
        ignore_index=True,
    )
    # In the order of their ids, so that a pair is the same one in whatever order data sets are given.
    order = names.sort_values(["image_id", "dataset"]).index
    names = names.loc[order].reset_index(drop=True)
    hashes = np.concatenate([found for _, found in images.values()])[order]
    first, second, bits, turn = near_pairs(hashes, distance)
    sides = [names.iloc[rows].reset_index(drop=True).add_suffix(end) for rows, end in ((first, "_a"), (second, "_b"))]
    pairs = pd.concat(sides, axis=1).assign(distance=bits, turn=np.array(list(TURNS))[turn])
    photographs = [photograph_of(pairs[f"image_id_{side}"]) for side in "ab"]
    # Without `_downsampled` the two may be in another order.
    ahead = photographs[0] < photographs[1]
    pairs = pairs.assign(
        first=photographs[0].where(ahead, photographs[1]), second=photographs[1].where(ahead, photographs[0])
    )
    pairs = pairs[pairs["first"] != pairs["second"]]
    pairs = pairs.sort_values(["distance", "image_id_a", "image_id_b", "dataset_a", "dataset_b"])
    return pairs.drop_duplicates(["first", "second"])[list(COLUMNS)].reset_index(drop=True)


def _nearest(block: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the fewest bits that differ under any symmetry, (rows, others)."""
    counts = _differing(block[:, None], others[None])
    return np.minimum.reduce(list(_under_symmetries(counts)))


def _turn_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the place in `TURNS` of the symmetry under which each pair, (pairs, 2, 4) twice, differs least."""
    return np.argmin(list(_under_symmetries(_differing(first, second))), axis=0)


def _differing(first: np.ndarray, second: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Yield in how many bits of each parity images differ from others, and then from the others' transposes."""
    for transposed in (0, 1):
        yield [
            np.bitwise_count(first[..., 0, word] ^ second[..., transposed, word]).astype(np.int16)
            for word in range(len(PARITIES))
        ]


def _under_symmetries(counts: Iterator[list[np.ndarray]]) -> Iterator[np.ndarray]:
    """Yield the differing bits under each of `TURNS`."""
    for even, horizontal, vertical, both in counts:
        # To mirror turns every sign of an odd frequency: what agreed in one of the 64 bits then differs.
        yield even + horizontal + vertical + both
        yield even + (64 - horizontal) + vertical + (64 - both)
        yield even + horizontal + (64 - vertical) + (64 - both)
        yield even + (64 - horizontal) + (64 - vertical) + both
