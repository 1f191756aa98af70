"""Check one image or mask by decoding it wholly: what is wrong with it is said here, not met in a later stage."""

import hashlib
import stat
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

# Whether an image is too large is decided here, by the setting, before anything of it is decoded.
Image.MAX_IMAGE_PIXELS = None
# The most that a pixel takes in a file that is not compressed: four channels of 16 bits.
_BYTES_A_PIXEL = 8
_HEADER_BYTES = 1_000_000
_FORMATS = ("JPEG", "PNG", "BMP")
_GREY_MODES = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L")
# What Pillow raises on broken files, by format and place.
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)


class BadFileError(ValueError):
    """An image or mask that cannot be used; the message is the reason."""


@dataclass(frozen=True)
class CheckedImage:
    """What the index keeps of an image: its size in pixels and the SHA-256 of its file."""

    width: int
    height: int
    sha256: str


def check_image(path: Path, minimum_size: int, maximum_pixels: int) -> CheckedImage:
    """Check that a file is a whole colour image of a usable size.

    Parameters
    ----------
    path
        A JPEG, PNG or BMP file.
    minimum_size
        The least width and height, in pixels.
    maximum_pixels
        The most pixels; a file whose header claims more is not decoded.

    Raises
    ------
    BadFileError
        Unreadable, truncated, too large, too small, grey, or not of three channels.
    """
    data = _read(path, maximum_pixels)
    image = _decode(data, maximum_pixels)
    if min(image.size) < minimum_size:
        raise BadFileError(f"too small: {image.width}x{image.height}, expected at least {minimum_size} on both sides")
    if image.mode in _GREY_MODES:
        raise BadFileError(f"grey: one channel (mode {image.mode}), expected RGB")
    if image.mode != "RGB":
        raise BadFileError(f"not RGB: mode {image.mode}")
    if _channels_equal(np.asarray(image)):
        raise BadFileError("grey: its three channels are equal")
    return CheckedImage(image.width, image.height, hashlib.sha256(data).hexdigest())


def check_mask(path: Path, size: tuple[int, int], maximum_pixels: int) -> str:
    """Check that a file is a binary mask with a lesion in it, and return the SHA-256 of the file.

    Parameters
    ----------
    path
        One channel, or three equal ones; 0 and one of 1 and 255.
    size
        Width and height of its image, in pixels.
    maximum_pixels
        As `check_image` has it.

    Raises
    ------
    BadFileError
        Unreadable, too large, of another size, not binary, or empty.
    """
    data = _read(path, maximum_pixels, "mask ")
    image = _decode(data, maximum_pixels, "mask ")
    if image.size != size:
        raise BadFileError(f"mask of another size: {image.width}x{image.height}, its image {size[0]}x{size[1]}")
    if image.mode == "P":
        image = image.convert("RGB")
    if image.mode not in ("1", "L", "RGB"):
        raise BadFileError(f"mask not binary: mode {image.mode}, expected one channel or three equal ones")
    array = np.asarray(image)
    if array.ndim == 3 and not _channels_equal(array):
        raise BadFileError("mask not binary: it is coloured")
    values = {int(value) for value in np.unique(array)}
    if not (values <= {0, 1} or values <= {0, 255}):
        shown = ", ".join(map(str, sorted(values)[:5])) + (", ..." if len(values) > 5 else "")
        raise BadFileError(f"mask not binary: values {shown}, expected 0 and one of 1 and 255")
    if values == {0}:
        raise BadFileError("empty mask: no pixel of it is lesion")
    return hashlib.sha256(data).hexdigest()


def _read(path: Path, maximum_pixels: int, what: str = "") -> bytes:
    limit = _BYTES_A_PIXEL * maximum_pixels + _HEADER_BYTES
    try:
        # Opening a pipe would wait for someone to write to it.
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadFileError(f"{what}unreadable: no regular file")
        if found.st_size > limit:
            raise BadFileError(f"{what}too large: {found.st_size} bytes, expected up to {limit}")
        return path.read_bytes()
    except OSError as error:
        raise BadFileError(f"{what}unreadable: {error.strerror}") from error


def _decode(data: bytes, maximum_pixels: int, what: str = "") -> Image.Image:
    """Return an image with its pixels decoded, its size having been looked at before."""
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
        if image.width * image.height > maximum_pixels:
            raise BadFileError(f"{what}too large: {image.width}x{image.height}, expected up to {maximum_pixels} pixels")
        image.load()
        return image
    except BadFileError:
        raise
    except UnidentifiedImageError as error:  # its own message holds an address in memory
        raise BadFileError(f"{what}unreadable: no JPEG, PNG or BMP image") from error
    except _DECODING_ERRORS as error:
        kind = "truncated" if "truncated" in str(error).lower() else "unreadable"
        raise BadFileError(f"{what}{kind}: {error}") from error


def _channels_equal(array: np.ndarray) -> bool:
    """Tell whether the channels of an array of shape (H, W, 3) are equal everywhere."""
    return bool((array[..., 0] == array[..., 1]).all() and (array[..., 1] == array[..., 2]).all())
