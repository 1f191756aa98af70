"""The thesis's hair mask (section 5.1): a black-hat filter and a threshold."""

from dataclasses import dataclass

import cv2
import numpy as np

SMALLEST_KERNEL = 3


@dataclass(frozen=True)
class BlackHatSettings:
    """Settings of the black-hat method.

    Parameters
    ----------
    kernel
        Side of the cross-shaped kernel in pixels, for images `reference_height` high; at least 3.
    threshold
        A pixel is hair where the black-hat response exceeds this; grey levels, 0..255.
    radius
        Radius of the inpainting's neighbourhood, in pixels.
    reference_height
        Height in pixels of the images that `kernel` is meant for.
    """

    kernel: int = 17
    threshold: float = 10
    radius: float = 1
    reference_height: int = 450


def kernel_size(height: int, settings: BlackHatSettings) -> int:
    """Return the side of the black-hat kernel, in pixels, for images of a height: odd, at least 3.

    It is `settings.kernel` scaled by `height / settings.reference_height`, rounded to the nearest odd number, up in
    case of a tie.
    """
    scaled = settings.kernel * height / settings.reference_height
    return max(SMALLEST_KERNEL, 2 * int(scaled / 2) + 1)


def hair_mask(image: np.ndarray, settings: BlackHatSettings) -> np.ndarray:
    """Find the pixels of dark, thin structures: hair, and anything that resembles it.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    np.ndarray
        bool (H, W), True on hair.
    """
    size = kernel_size(image.shape[0], settings)
    # A cross closes gaps along rows and columns only, so it spares round dark structures that a square would fill.
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (size, size))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel) > settings.threshold
