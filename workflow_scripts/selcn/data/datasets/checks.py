"""Checks of an image or mask by decoding it completely, so that faults are found here and not in a later stage."""

import hashlib
import stat
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

# The limit is our own setting, checked before decoding.
Image.MAX_IMAGE_PIXELS = None
# Largest size of a pixel in an uncompressed file: four channels of 16 bits.
_BYTES_A_PIXEL = 8
_HEADER_BYTES = 1_000_000
_ORIENTATIONS = range(1, 9)
# From this orientation on, width and height are exchanged.
_FIRST_TRANSPOSED = 5
_TURN = "turn the image's pixels to fit the mask (`magick mogrify -auto-orient`)"
_SHRINK = "shrink it or raise maximum_pixels"
_FORMATS = ("JPEG", "PNG", "BMP")
_GREY_MODES = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L")
# Errors that Pillow raises on broken files, depending on the format and the fault.
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)


class BadFileError(ValueError):
    """An image or mask that cannot be used; the message is the reason for its rejection."""


@dataclass(frozen=True)
class CheckedImage:
    """A usable image: the size of its stored pixels, its EXIF orientation (1..8) and the SHA-256 of its file."""

    width: int
    height: int
    orientation: int
    sha256: str


def check_image(path: Path, minimum_size: int, maximum_pixels: int) -> CheckedImage:
    """Check that a file is a complete colour image of a usable size.

    Parameters
    ----------
    path
        A JPEG, PNG or BMP file.
    minimum_size
        Minimum width and height, in pixels.
    maximum_pixels
        Maximum number of pixels; a file whose header claims more is not decoded.

    Raises
    ------
    BadFileError
        Unreadable, truncated, too large, too small, grey, or not of three channels.
    """
    data = _read(path, maximum_pixels)
    image = _decode(data, maximum_pixels)
    if min(image.size) < minimum_size:
        raise BadFileError(
            f"too small: {image.width}x{image.height}, expected at least {minimum_size} on both sides; replace the "
            "image or lower minimum_size"
        )
    if image.mode in _GREY_MODES:
        raise BadFileError(f"grey: one channel (mode {image.mode}), expected RGB; replace it with the colour image")
    if image.mode != "RGB":
        raise BadFileError(f"not RGB: mode {image.mode}; convert the image to RGB")
    if _channels_equal(np.asarray(image)):
        raise BadFileError("grey: its three channels are equal; replace it with the colour image")
    return CheckedImage(image.width, image.height, _orientation_of(image), hashlib.sha256(data).hexdigest())


def check_mask(path: Path, of: CheckedImage, maximum_pixels: int) -> str:
    """Check that a file is a binary mask with a lesion, of an image's stored pixels, and return the file's SHA-256.

    Parameters
    ----------
    path
        One channel, or three equal ones; 0 and one of 1 and 255.
    of
        Its image.
    maximum_pixels
        As in `check_image`.

    Raises
    ------
    BadFileError
        Unreadable, too large, of another size, perhaps of the image as EXIF turns it, not binary, or empty.
    """
    data = _read(path, maximum_pixels, "mask ")
    image = _decode(data, maximum_pixels, "mask ")
    _require_stored_pixels(image, of)
    if image.mode == "P":
        image = image.convert("RGB")
    if image.mode not in ("1", "L", "RGB"):
        raise BadFileError(
            f"mask not binary: mode {image.mode}, expected one channel or three equal ones; replace the mask"
        )
    array = np.asarray(image)
    if array.ndim == 3 and not _channels_equal(array):
        raise BadFileError(
            "mask not binary: its channels differ, expected one channel or three equal ones; replace the mask"
        )
    values = {int(value) for value in np.unique(array)}
    if not (values <= {0, 1} or values <= {0, 255}):
        shown = ", ".join(map(str, sorted(values)[:5])) + (", ..." if len(values) > 5 else "")
        raise BadFileError(f"mask not binary: values {shown}, expected 0 and either 1 or 255; replace the mask")
    if values == {0}:
        raise BadFileError("empty mask: it has no lesion pixel; replace the mask")
    return hashlib.sha256(data).hexdigest()


def _require_stored_pixels(mask: Image.Image, of: CheckedImage) -> None:
    """Refuse a mask unless it belongs to its image's stored pixels, which are used throughout."""
    size, transposed = (of.width, of.height), of.orientation >= _FIRST_TRANSPOSED
    sizes = f"mask size differs: {mask.width}x{mask.height}, its image {of.width}x{of.height}"
    if mask.size != size and not (transposed and mask.size == size[::-1]):
        raise BadFileError(f"{sizes}; replace the mask")
    if mask.size != size:
        raise BadFileError(f"{sizes} with EXIF orientation {of.orientation}, which is ignored; {_TURN}")
    if of.orientation != 1 and not (transposed and of.width != of.height):
        raise BadFileError(
            f"EXIF orientation {of.orientation}: the mask may belong to the stored pixels, which are used, or to the "
            f"image as viewers turn it; {_TURN}, or remove the tag (`exiftool -Orientation=`) if they fit as stored"
        )


def _orientation_of(image: Image.Image) -> int:
    """Return an image's EXIF orientation, 1 (as stored) where no valid one is given."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation)
    except _DECODING_ERRORS:  # damaged EXIF turns no image
        return 1
    return found if isinstance(found, int) and found in _ORIENTATIONS else 1


def _read(path: Path, maximum_pixels: int, what: str = "") -> bytes:
    limit = _BYTES_A_PIXEL * maximum_pixels + _HEADER_BYTES
    try:
        # Opening a pipe would wait for a writer.
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadFileError(f"{what}unreadable: not a regular file; replace it")
        if found.st_size > limit:
            raise BadFileError(f"{what}too large: {found.st_size} bytes, expected up to {limit}; {_SHRINK}")
        return path.read_bytes()
    except OSError as error:
        raise BadFileError(f"{what}unreadable: {error.strerror}; correct the file or its permissions") from error


def _decode(data: bytes, maximum_pixels: int, what: str = "") -> Image.Image:
    """Return an image with its pixels decoded; its size is checked first."""
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
        if image.width * image.height > maximum_pixels:
            raise BadFileError(
                f"{what}too large: {image.width}x{image.height}, expected up to {maximum_pixels} pixels; {_SHRINK}"
            )
        image.load()
        return image
    except BadFileError:
        raise
    except UnidentifiedImageError as error:  # its own message contains a memory address
        raise BadFileError(f"{what}unreadable: not a JPEG, PNG or BMP image; get the original file again") from error
    except _DECODING_ERRORS as error:
        kind = "truncated" if "truncated" in str(error).lower() else "unreadable"
        raise BadFileError(f"{what}{kind}: {error}; get the original file again") from error


def _channels_equal(array: np.ndarray) -> bool:
    """Return whether the channels of an array of shape (H, W, 3) are equal everywhere."""
    return bool((array[..., 0] == array[..., 1]).all() and (array[..., 1] == array[..., 2]).all())
