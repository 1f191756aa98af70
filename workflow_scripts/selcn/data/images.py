"""Image files: read as RGB and compared with their checksum, and encoded as JPEG."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from selcn.storage.artifacts import DamagedArtifactError


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


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Return an image, uint8 (H, W, 3) RGB, as the bytes of a JPEG file of a quality in 0..100."""
    written, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as JPEG")
    return content.tobytes()
