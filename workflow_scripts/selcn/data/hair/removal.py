"""Hair removal: hair is found by one of the methods, and inpainted."""

import cv2
import numpy as np

from selcn.data.hair import black_hat, lines
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.lines import LineSettings

# By `hair.method` of the configuration.
METHODS = {"blackhat": BlackHatSettings, "lines": LineSettings}
HairSettings = BlackHatSettings | LineSettings


def hair_mask(image: np.ndarray, settings: HairSettings) -> np.ndarray:
    """Find hair by the method that the settings belong to.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    np.ndarray
        bool (H, W), True on hair.
    """
    if isinstance(settings, LineSettings):
        return lines.hair_mask(image, settings)
    return black_hat.hair_mask(image, settings)


def remove_hair(image: np.ndarray, settings: HairSettings) -> tuple[np.ndarray, np.ndarray]:
    """Inpaint hair with the fast marching method (Telea 2004, as in section 5.1).

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    clean : np.ndarray
        uint8 (H, W, 3) RGB; equal to `image` outside the mask.
    mask : np.ndarray
        bool (H, W), True where a pixel was replaced.
    """
    mask = hair_mask(image, settings)
    return cv2.inpaint(image, mask.astype(np.uint8), settings.radius, cv2.INPAINT_TELEA), mask
