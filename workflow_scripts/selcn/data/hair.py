"""Hair removal (section 5.1): a black-hat filter, a threshold that makes the hair mask, and inpainting."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from selcn.data.images import encode_jpeg, read_image
from selcn.storage.artifacts import replacing, sha256_of

COLUMNS = ("image_id", "path", "hair_share", "width", "height", "sha256")


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


def clean_image(row, folder: Path, settings: HairSettings) -> dict[str, object]:
    """Write one image of the index without its hair, and return its row of the manifest."""
    clean, mask = remove_hair(read_image(row.path, row.sha256), settings)
    content = encode_jpeg(clean)
    path = f"images/{row.image_id}.jpg"
    with replacing(folder / path) as temporary:
        temporary.write_bytes(content)
    height, width = mask.shape
    sha256 = hashlib.sha256(content).hexdigest()
    return dict(zip(COLUMNS, (row.image_id, path, float(mask.mean()), width, height, sha256), strict=True))


def still_there(row: dict, sources: dict[str, str], folder: Path) -> bool:
    """Return whether an image that an earlier attempt cleaned is there, unchanged, and made from the same image."""
    path = folder / row["path"]
    return sources.get(row["image_id"]) == row["source"] and path.is_file() and sha256_of(path) == row["sha256"]
