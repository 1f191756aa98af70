"""A perceptual hash of an image: the signs of its lowest spatial frequencies, which copies have in common.

Mirroring an image changes the sign of every second frequency and nothing else; turning it by a quarter is mirroring and
transposing. So the hashes of all eight symmetries of an image follow from two, its own and its transpose's, without a
rounding error.
"""

import cv2
import numpy as np
from scipy.fft import dctn

from selcn.storage.row_arrays import Stack

# Side of the grey image that the frequencies are of, and how many are kept along each axis.
GREY_SIDE = 32
FREQUENCIES = 16
# The bits in which hashes can differ: the mean brightness is above 0.
BITS = FREQUENCIES**2 - 1
# Whether the vertical and the horizontal frequency are odd; the bits of each kind are a word.
PARITIES = ((0, 0), (0, 1), (1, 0), (1, 1))
BATCH = 256


def small_grey(image: np.ndarray) -> np.ndarray:
    """Return an image, uint8 (S, S, 3) RGB, in grey and small: float32 (32, 32), 0..255."""
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
        where the frequency's coefficient is above 0; that of the mean brightness, of every image but a black one.

    Raises
    ------
    ValueError
        The images are not square, of three channels, uint8.
    """
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or images.dtype != np.uint8:
        raise ValueError(f"images are {images.dtype} {images.shape}; expected packed ones, uint8 (N, S, S, 3)")
    signs = dctn(np.stack([small_grey(image) for image in images]), axes=(1, 2))[:, :FREQUENCIES, :FREQUENCIES] > 0
    return np.stack([_words(signs), _words(signs.transpose(0, 2, 1))], axis=1)


def hash_stack(images: Stack) -> np.ndarray:
    """Return the hashes of a data set's packed images, uint64 (N, 2, 4), read a few at a time."""
    batches = np.split(np.arange(len(images)), range(BATCH, len(images), BATCH))
    return np.concatenate([hash_images(images[rows]) for rows in batches])


def _words(signs: np.ndarray) -> np.ndarray:
    """Pack signs, bool (N, 16, 16), into a word for each of `PARITIES`, uint64 (N, 4)."""
    kinds = [signs[:, vertical::2, horizontal::2].reshape(len(signs), -1) for vertical, horizontal in PARITIES]
    return np.stack([np.packbits(bits, axis=1).view(np.uint64)[:, 0] for bits in kinds], axis=1)
