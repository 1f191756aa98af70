"""Search for the known image that a new one is a copy of, without the known images.

Copies are found as in the study (`selcn.data.duplicates`), by perceptual hashes, but confirmed by the lowest 8x8
frequencies of the grey values, of 8 bits each, instead of the grey values themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

from selcn.data.duplicates.hashes import hash_images, small_grey
from selcn.data.duplicates.pairs import distances

# Lowest frequencies kept along each axis; how they and the correlation were chosen is in docs/decisions.md.
LOWEST = 8
CORRELATION = 0.97
HASH, COARSE = (2, 4), (LOWEST, LOWEST)


@dataclass(frozen=True)
class Traits:
    """What copies of an image share.

    Attributes
    ----------
    hashes
        uint64 (N, 2, 4), of `hash_images`.
    coarse
        int8 (N, 8, 8): lowest frequencies of the grey values, the largest -127 or 127; that of the mean is 0.
    """

    hashes: np.ndarray
    coarse: np.ndarray

    @classmethod
    def of(cls, packed: np.ndarray) -> "Traits":
        """Compute those of packed images, uint8 (N, S, S, 3) RGB."""
        greys = np.stack([small_grey(image) for image in packed])
        lowest = dctn(greys, axes=(1, 2), norm="ortho")[:, :LOWEST, :LOWEST]
        lowest[:, 0, 0] = 0
        largest = np.abs(lowest).max(axis=(1, 2), keepdims=True)
        scaled = np.divide(127 * lowest, largest, out=np.zeros_like(lowest), where=largest > 0)
        return cls(hash_images(packed), np.rint(scaled).astype(np.int8))

    @classmethod
    def joined(cls, parts: Iterable["Traits"]) -> "Traits":
        """Join those of several batches."""
        hashes, coarse = zip(*((part.hashes, part.coarse) for part in parts), strict=True)
        return cls(np.concatenate(hashes), np.concatenate(coarse))

    def nearest_copy(self, new: "Traits", distance: int) -> int | None:
        """Return the row of the image that a new one is a copy of, also rotated or mirrored; None if there is none.

        Parameters
        ----------
        new
            Those of one image.
        distance
            Maximum number of differing bits of the hashes.
        """
        bits = distances(new.hashes, self.hashes)[0]
        near = np.flatnonzero(bits <= distance)
        agree = correlations(new.coarse[0], self.coarse[near])
        found = [(bits[row], -value, row) for row, value in zip(near, agree, strict=True) if value >= CORRELATION]
        return int(min(found)[2]) if found else None


def correlations(new: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the largest correlation, (N,), of coarse images, int8 (N, 8, 8), with a new one in any of 8 symmetries."""
    signs = np.where(np.arange(LOWEST) % 2, -1.0, 1.0)
    # Mirroring changes the sign of odd frequencies.
    turned = [
        side * vertical * horizontal
        for side in (new.astype(np.float64), new.T.astype(np.float64))
        for vertical in (1, signs[:, None])
        for horizontal in (1, signs)
    ]
    asked, listed = np.reshape(turned, (8, -1)), known.reshape(len(known), LOWEST**2).astype(np.float64)
    lengths = np.linalg.norm(asked[0]) * np.linalg.norm(listed, axis=1)
    products = (asked @ listed.T).max(axis=0)
    return np.divide(products, lengths, out=np.zeros(len(known)), where=lengths > 0)
