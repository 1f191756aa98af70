"""Packing: images and masks fitted into squares, decoded once for all later stages."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

FITS = ("stretch", "pad", "crop")


@dataclass(frozen=True)
class PackSettings:
    """Settings of packing.

    Parameters
    ----------
    size
        Side of the packed square, in pixels.
    fit
        How a rectangle becomes a square: "stretch" changes the aspect ratio, "pad" adds black along the shorter side,
        "crop" keeps the centre of the longer side.

    Raises
    ------
    ValueError
        `size` is not positive, or `fit` is not one of `FITS`.
    """

    size: int = 256
    fit: str = "stretch"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size is {self.size}; expected a positive number of pixels")
        if self.fit not in FITS:
            raise ValueError(f"unknown fit {self.fit!r}; expected one of {', '.join(FITS)}")


def _resize(array: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize by area averaging if neither side grows, else bicubically."""
    shrinks = height <= array.shape[0] and width <= array.shape[1]
    return cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _stretch(array: np.ndarray, size: int) -> np.ndarray:
    return _resize(array, size, size)


def _pad(array: np.ndarray, size: int) -> np.ndarray:
    height, width = (max(1, round(side * size / max(array.shape[:2]))) for side in array.shape[:2])
    top, left = (size - height) // 2, (size - width) // 2
    padded = np.zeros((size, size, *array.shape[2:]), array.dtype)
    padded[top : top + height, left : left + width] = _resize(array, width, height)
    return padded


def _crop(array: np.ndarray, size: int) -> np.ndarray:
    side = min(array.shape[:2])
    top, left = (array.shape[0] - side) // 2, (array.shape[1] - side) // 2
    return _resize(array[top : top + side, left : left + side], size, size)


_FITTING: dict[str, Callable[[np.ndarray, int], np.ndarray]] = dict(zip(FITS, (_stretch, _pad, _crop), strict=True))


def pack_image(image: np.ndarray, settings: PackSettings) -> np.ndarray:
    """Fit an image into the packed square.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    np.ndarray
        uint8 (S, S, 3) RGB.
    """
    return _FITTING[settings.fit](image, settings.size)


def pack_mask(mask: np.ndarray, settings: PackSettings) -> np.ndarray:
    """Fit a lesion mask into the packed square, as `pack_image` fits its image.

    Parameters
    ----------
    mask
        bool (H, W), True on the lesion.

    Returns
    -------
    np.ndarray
        uint8 (S, S), 1 where at least half of the pixel's area is lesion, else 0.
    """
    share = _FITTING[settings.fit](mask.astype(np.float32), settings.size)
    return (share >= 0.5).astype(np.uint8)
