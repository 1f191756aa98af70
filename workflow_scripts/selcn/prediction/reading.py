"""Reading of new images as they come: other formats and colour spaces become RGB, what cannot be one is rejected."""

import hashlib
import stat
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from selcn.prediction.files import Rejection
from selcn.prediction.preparing import UnusableImageError

# The limit is our own, checked before decoding.
Image.MAX_IMAGE_PIXELS = None
# Largest size of a pixel in an uncompressed file: four channels of 16 bits.
_BYTES_A_PIXEL = 8
_HEADER_BYTES = 1_000_000
FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
}
"""The formats that are read, and the endings of their files' names."""
# Phones write a second picture behind the first of a JPEG file; the first is the photograph.
_SEVERAL_ALLOWED = "JPEG"
# Bytes of other formats, and where they stand.
_OTHERS = {
    "HEIC": (4, b"ftyphei"),
    "HEIF": (4, b"ftypmif"),
    "AVIF": (4, b"ftypavif"),
    "DICOM": (128, b"DICM"),
    "PDF": (0, b"%PDF"),
}
_WHITE = (255, 255, 255, 255)
_PNG_DEPTH = 24  # where a PNG file has its bits per channel
# Errors that Pillow raises on broken files, depending on the format and the fault.
_DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
)

ANOTHER_COPY = "get the original file again"
CONVERT = "convert it to an RGB image of 8 bits a channel, as JPEG or PNG"


class RejectedFileError(UnusableImageError):
    """A file that is not predicted."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}; {advice}")
        self.rejection = Rejection(reason, advice)


@dataclass(frozen=True)
class Limits:
    """Sizes of usable images: shortest side, and number of pixels, which is checked before decoding."""

    minimum_size: int = 32
    maximum_pixels: int = 100_000_000


@dataclass(frozen=True)
class ReadImage:
    """An image that can be prepared.

    Attributes
    ----------
    sha256
        SHA-256 of its file.
    source
        The file's content, where it is decoded as the study's own images are; else its pixels, uint8 (H, W, 3) RGB.
    notes
        What was changed or ignored.
    """

    sha256: str
    source: bytes | np.ndarray
    notes: tuple[str, ...]


def read_content(path: Path, limits: Limits) -> bytes:
    """Return the content of a file.

    Raises
    ------
    RejectedFileError
        It is empty, too large, no regular file, or cannot be read.
    """
    limit = _BYTES_A_PIXEL * limits.maximum_pixels + _HEADER_BYTES
    try:
        # Opening a pipe would wait for a writer.
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RejectedFileError("no regular file, but a pipe, socket or device", "remove it")
        if found.st_size > limit:
            raise RejectedFileError(f"too large: {found.st_size} bytes, expected up to {limit}", "shrink the image")
        content = path.read_bytes()
    except OSError as error:
        raise RejectedFileError(f"unreadable: {error.strerror}", "correct the file or its permissions") from error
    if not content:
        raise RejectedFileError("empty: no bytes", ANOTHER_COPY)
    return content


def read_image(content: bytes, suffix: str, limits: Limits) -> ReadImage:
    """Check a file's content completely, and return it as an image.

    Grey, transparent, CMYK and 16-bit images are converted, and a note says so. Orientations in EXIF are ignored, as
    in the study, and noted.

    Parameters
    ----------
    suffix
        The ending of its name; another one than its format's is noted.

    Raises
    ------
    RejectedFileError
        Not an image, truncated, too small or too large, animated, or of a kind that has no certain colours.
    """
    try:
        with Image.open(BytesIO(content), formats=list(FORMATS)) as image:
            kind = "JPEG" if image.format == "MPO" else str(image.format)
            _require_size(image, limits)
            _require_one_frame(image, kind)
            image.load()
            notes = _notes_of(image, kind, suffix)
            pixels, changes = _as_rgb(image, kind, content)
            as_study = kind in ("JPEG", "PNG", "BMP") and image.mode == "RGB" and not changes
    except RejectedFileError:
        raise
    except UnidentifiedImageError as error:  # its own message contains a memory address
        raise _unknown(content) from error
    except _DECODING_ERRORS as error:
        kind = "truncated" if "truncated" in str(error).lower() else "damaged"
        raise RejectedFileError(f"{kind}: {error}", ANOTHER_COPY) from error
    if is_grey(pixels):
        changes = [*changes, "grey: it has no colour, which the networks rely on"]
    return ReadImage(hashlib.sha256(content).hexdigest(), content if as_study else pixels, (*notes, *changes))


def is_grey(pixels: np.ndarray) -> bool:
    """Return whether the channels of an image (H, W, 3) are equal everywhere."""
    first = pixels[..., 0]
    return bool((first == pixels[..., 1]).all() and (first == pixels[..., 2]).all())


def _require_size(image: Image.Image, limits: Limits) -> None:
    size = f"{image.width}x{image.height} pixels"
    if image.width * image.height > limits.maximum_pixels:
        raise RejectedFileError(f"too large: {size}, expected up to {limits.maximum_pixels:,} in all", "shrink it")
    if min(image.size) < limits.minimum_size:
        expected = f"expected at least {limits.minimum_size} on both sides"
        raise RejectedFileError(f"too small: {size}, {expected}", "take the image at its full size")


def _require_one_frame(image: Image.Image, kind: str) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and kind != _SEVERAL_ALLOWED:
        what = "pages" if kind == "TIFF" else "frames of an animation"
        raise RejectedFileError(f"{frames} {what}, of which one must be meant", "save that one as an image of its own")


def _notes_of(image: Image.Image, kind: str, suffix: str) -> list[str]:
    """Return what is odd about a file, and does not change its pixels."""
    notes = []
    if suffix and suffix.lower() not in FORMATS[kind]:
        notes.append(f"a {kind} file, though its name ends in {suffix}")
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DECODING_ERRORS:  # damaged EXIF turns no image
        orientation = 1
    if orientation in range(2, 9):
        notes.append(f"EXIF orientation {orientation} ignored, as in the study: not turned")
    return notes


def _as_rgb(image: Image.Image, kind: str, content: bytes) -> tuple[np.ndarray, list[str]]:
    """Return an image's pixels, uint8 (H, W, 3) RGB, and what was done to get them.

    Raises
    ------
    RejectedFileError
        Its values have no certain range.
    """
    changes = []
    if _bits_of(image, kind, content) > 8:
        changes.append("16 bits a channel: the upper 8 used")
    if image.mode.startswith("I;16"):
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2), changes
    if image.mode in ("I", "F"):
        raise RejectedFileError(f"32 bits a pixel (mode {image.mode}), whose range is not known", CONVERT)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        changes.append(f"{image.mode} converted to RGB without a colour profile: colours are approximate")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        full = image.convert("RGBA")
        if full.getchannel("A").getextrema() != (255, 255):
            changes.append("transparent parts shown on white")
        full = Image.alpha_composite(Image.new("RGBA", full.size, _WHITE), full)
        return np.asarray(full.convert("RGB")), changes
    return np.asarray(image.convert("RGB")), changes


def _bits_of(image: Image.Image, kind: str, content: bytes) -> int:
    """Return the bits of a channel; Pillow reads colour images of 16 bits as such of 8."""
    if kind == "PNG":
        return content[_PNG_DEPTH]
    if kind == "TIFF":
        return max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))  # type: ignore[attr-defined]
    return 8


def _unknown(content: bytes) -> RejectedFileError:
    for name, (start, signature) in _OTHERS.items():
        if content[start : start + len(signature)] == signature:
            return RejectedFileError(f"a {name} file", "convert it to JPEG or PNG")
    expected = ", ".join(list(FORMATS)[:-1]) + f" or {list(FORMATS)[-1]}"
    return RejectedFileError(f"not an image: not a {expected} file", "nothing, if it is none; else " + ANOTHER_COPY)
