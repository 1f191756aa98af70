"""Hair removal (section 5.1): a black-hat filter, a threshold that makes the hair mask, and inpainting."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from selcn.storage.artifacts import DamagedArtifactError

SMALLEST_KERNEL = 3


@dataclass(frozen=True)
class HairSettings:
    """Settings of hair removal.

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


def read_image(path: str | Path, sha256: str) -> np.ndarray:
    """Read an image listed in a manifest, and verify its checksum.

    Parameters
    ----------
    path
        The image file.
    sha256
        SHA-256 of the file's bytes, in hexadecimal.

    Returns
    -------
    np.ndarray
        uint8 (H, W, 3) RGB, in the orientation of the stored pixels; EXIF is ignored, as in masks.

    Raises
    ------
    DamagedArtifactError
        The file does not match its checksum, or is not an image.
    """
    # One read serves checksum and decoding: the file may be on a network file system.
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DamagedArtifactError(
            f"{path}: its SHA-256 is {found[:12]}..., expected {sha256[:12]}...; the file has changed since it was "
            "listed: restore it, or delete the manifest that lists it and run the same command again"
        )
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise DamagedArtifactError(
            f"{path}: found {len(content)} bytes that are not an image; expected a JPEG or PNG file: replace it"
        )
    return image


def kernel_size(height: int, settings: HairSettings) -> int:
    """Return the side of the black-hat kernel, in pixels, for images of a height: odd, at least 3.

    It is `settings.kernel` scaled by `height / settings.reference_height`, rounded to the nearest odd number, up in
    case of a tie.
    """
    scaled = settings.kernel * height / settings.reference_height
    return max(SMALLEST_KERNEL, 2 * int(scaled / 2) + 1)


def hair_mask(image: np.ndarray, settings: HairSettings) -> np.ndarray:
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


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Return an image, uint8 (H, W, 3) RGB, as the bytes of a JPEG file of a quality in 0..100."""
    written, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as JPEG")
    return content.tobytes()
