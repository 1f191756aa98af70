"""Preparation of new images: decoded, without hair and packed, as the study prepares its own."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from selcn.data.hair.removal import METHODS, HairSettings, remove_hair
from selcn.data.images import encode_jpeg
from selcn.data.packing import PackSettings, pack_image
from selcn.prediction.result import KnownImage

Image: TypeAlias = str | Path | bytes | np.ndarray
"""An image: a file's path, its content, or its pixels as uint8 (H, W, 3) RGB."""


class UnusableImageError(ValueError):
    """An image that cannot be read.

    Attributes
    ----------
    position
        Its place in the sequence that `selcn.prediction.cascade.Cascade` was given, from 0; None of an image alone.
    """

    position: int | None = None


@dataclass(frozen=True)
class Prepared:
    """An image that is ready for the networks.

    Attributes
    ----------
    sha256
        SHA-256 of its file, or of its pixels where it has none.
    image
        uint8 (H, W, 3) RGB, as it was read.
    packed
        uint8 (S, S, 3) RGB, without hair.
    hair_share
        Share of its pixels that hair removal replaced, 0..1.
    known
        The study's image that it was recognised as; None for a new one.
    path
        Path that it was given by; None where it was given as content or pixels.
    """

    sha256: str
    image: np.ndarray
    packed: np.ndarray
    hair_share: float
    known: KnownImage | None = None
    path: str | None = None


@dataclass(frozen=True)
class Preparation:
    """How a bundle prepares images."""

    hair: HairSettings
    packing: PackSettings

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> "Preparation":
        """Read a bundle's settings."""
        hair = metadata["hair"]
        return cls(METHODS[hair["method"]](**hair["settings"]), PackSettings(**metadata["pack"]))

    def prepare(self, source: Image) -> Prepared:
        """Read an image, remove its hair and pack it; safe in several threads at once.

        Raises
        ------
        UnusableImageError
            It is not an image that can be read.
        OSError
            Its file cannot be read.
        """
        if isinstance(source, np.ndarray):
            return self._prepared(hashlib.sha256(source.tobytes()).hexdigest(), checked(source))
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        prepared = self._prepared(hashlib.sha256(content).hexdigest(), decoded(content))
        return prepared if isinstance(source, bytes) else replace(prepared, path=os.fspath(source))

    def _prepared(self, sha256: str, image: np.ndarray) -> Prepared:
        clean, hair = remove_hair(image, self.hair)
        return Prepared(sha256, image, pack_image(as_stored(clean), self.packing), float(hair.mean()))


def as_stored(clean: np.ndarray) -> np.ndarray:
    """Return an image as the study reads it again: it keeps images without hair as JPEG."""
    return decoded(encode_jpeg(clean))


def decoded(content: bytes) -> np.ndarray:
    """Return an image file's pixels, uint8 (H, W, 3) RGB, as `selcn.data.images.read_image` does.

    Raises
    ------
    UnusableImageError
        The content is no image.
    """
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    # OpenCV raises an error of its own where there is nothing to read.
    image = cv2.imdecode(np.frombuffer(content, np.uint8), flags) if content else None
    if image is None:
        raise UnusableImageError(f"{len(content)} bytes that are not an image; expected a JPEG or PNG file")
    return image


def checked(image: np.ndarray) -> np.ndarray:
    """Return pixels that are those of an RGB image.

    Raises
    ------
    UnusableImageError
        They have another type or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise UnusableImageError(
            f"an array of {image.dtype} and shape {image.shape}; expected uint8 (height, width, 3), RGB"
        )
    return image
