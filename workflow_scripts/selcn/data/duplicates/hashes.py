"""Perceptual hashes: the signs of an image's lowest spatial frequencies, which its copies share.

Mirroring an image changes the sign of every second frequency and nothing else; rotating it by 90 degrees is mirroring
and transposing. So the hashes of all eight symmetries of an image follow exactly from two, its own and its transpose's.
"""

import cv2
import numpy as np
from scipy.fft import dctn

from selcn.storage.row_arrays import ShardedArray

# Side of the grey image that is transformed, and the number of frequencies kept along each axis.
GREY_SIDE = 32
FREQUENCIES = 16
# Number of bits in which hashes can differ: that of the mean brightness is always set.
BITS = FREQUENCIES**2 - 1
# Whether the vertical and the horizontal frequency are odd; the bits of each combination are one word.
PARITIES = ((0, 0), (0, 1), (1, 0), (1, 1))
BATCH = 256


def small_grey(image: np.ndarray) -> np.ndarray:
    """Return a small grey version, float32 (32, 32), 0..255, of an image, uint8 (S, S, 3) RGB."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.resize(grey, (GREY_SIDE, GREY_SIDE), interpolation=cv2.INTER_AREA)


def hash_images(images: np.ndarray) -> np.ndarray:
    """Return the hashes of packed images.

    Parameters
    ----------
    images
        uint8 (N, S, S, 3) RGB.

    Returns
    -------
    np.ndarray
        uint64 (N, 2, 4): of each image and of its transpose, a word of 64 bits for each of `PARITIES`. A bit is set
        if the frequency's coefficient is above 0; that of the mean brightness is, except for a black image.

    Raises
    ------
    ValueError
        The images are not square uint8 RGB images.
    """
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or images.dtype != np.uint8:
        raise ValueError(f"images are {images.dtype} {images.shape}; expected packed images, uint8 (N, S, S, 3)")
    signs = dctn(np.stack([small_grey(image) for image in images]), axes=(1, 2))[:, :FREQUENCIES, :FREQUENCIES] > 0
    return np.stack([_words(signs), _words(signs.transpose(0, 2, 1))], axis=1)


def hash_dataset(images: ShardedArray) -> np.ndarray:
    """Return the hashes of a data set's packed images, uint64 (N, 2, 4), read in batches."""
    batches = np.split(np.arange(len(images)), range(BATCH, len(images), BATCH))
    return np.concatenate([hash_images(images[rows]) for rows in batches])


def _words(signs: np.ndarray) -> np.ndarray:
    """Pack signs, bool (N, 16, 16), into a word for each of `PARITIES`, uint64 (N, 4)."""
    kinds = [signs[:, vertical::2, horizontal::2].reshape(len(signs), -1) for vertical, horizontal in PARITIES]
    return np.stack([np.packbits(bits, axis=1).view(np.uint64)[:, 0] for bits in kinds], axis=1)
