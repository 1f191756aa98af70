"""Thumbnails of photographs: WebP of at most 6 kB, as data URIs."""

import base64

import cv2
import numpy as np

from selcn.data.packing import PackSettings, pack_image

MOST_BYTES = 6000
"""Size of a thumbnail's file, in bytes."""
# Of WebP, 0..100. Dermoscopic images of 256 pixels have 2 to 3 kB at the first.
QUALITIES = (60, 45, 30, 15)
# Sides in pixels: the largest, and smaller ones for images that are too large at every quality.
SIDES = (256, 192, 128, 64, 32)


def thumbnail_of(image: np.ndarray, fit: str) -> bytes:
    """Return an image as WebP of at most `MOST_BYTES`, of the largest side and then the highest quality that fit.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.
    fit
        How it becomes square: one of `selcn.data.packing.FITS`.

    Raises
    ------
    ValueError
        OpenCV cannot encode the image that small.
    """
    for side in SIDES:
        square = cv2.cvtColor(pack_image(image, PackSettings(side, fit)), cv2.COLOR_RGB2BGR)
        for quality in QUALITIES:
            written, content = cv2.imencode(".webp", square, [cv2.IMWRITE_WEBP_QUALITY, quality])
            if written and len(content) <= MOST_BYTES:
                return content.tobytes()
    raise ValueError(f"an image of shape {image.shape} is larger than {MOST_BYTES} bytes as WebP of every quality")


def data_uri(content: bytes) -> str:
    """Return a WebP file as a data URI."""
    return "data:image/webp;base64," + base64.b64encode(content).decode()
