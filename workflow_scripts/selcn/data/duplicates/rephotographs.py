"""Changes between two photographs of one lesion, made to an image to measure whether it is still recognised."""

from collections.abc import Callable

import cv2
import numpy as np

from selcn.data.images import encode_jpeg
from selcn.demo.hair import DARK, LIGHT, draw_hair, lay_hair
from selcn.demo.noise import curve, stroke

# Violet and blue of surgical markers.
INKS = ((0.30, 0.16, 0.45), (0.16, 0.22, 0.52))
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def turned(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn by any angle, and keep the middle, which has no border."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(15, 345), 1)
    side = int(min(height, width) / np.sqrt(2))
    matrix[:, 2] -= (width - side) / 2, (height - side) / 2
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_AREA)


def zoomed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Come 1.3 to 1.8 times as near."""
    return _part(image, 1 / rng.uniform(1.3, 1.8), 0.5, 0.5)


def shifted(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keep seven tenths of the width and height, in a corner."""
    return _part(image, 0.7, *rng.integers(0, 2, 2))


def exposed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast and the colour of the light."""
    light = rng.uniform(0.75, 1.3) * rng.uniform(0.9, 1.1, 3)
    picture = (image / 255.0) ** rng.uniform(0.75, 1.35) * light
    return (255 * picture.clip(0, 1)).astype(np.uint8)


def hairy(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay 12 to 40 hairs over the image."""
    height, width = image.shape[:2]
    coverage, shadow = draw_hair(rng, width, height, int(rng.integers(12, 41)))
    colours = (*DARK, *LIGHT)
    return _painted(lay_hair(_unit(image), coverage, shadow, colours[rng.integers(len(colours))], 0.85))


def inked(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw two to five strokes of a marker."""
    height, width = image.shape[:2]
    drawn = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(2, 6)):
        ends = rng.uniform(0, 1, (4, 2)) * [width, height]
        stroke(drawn, curve(ends, 32), np.full(32, rng.uniform(0.01, 0.03) * height))
    covered = (0.75 * drawn.astype(np.float32) / 255)[..., None]
    ink = np.array(INKS[rng.integers(len(INKS))], np.float32)
    return _painted(_unit(image) * (1 - covered) + ink * covered)


def taken_anew(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift, turn, re-light, and save as JPEG."""
    anew = exposed(turned(_part(image, 0.85, *rng.uniform(0, 1, 2)), rng), rng)
    content = np.frombuffer(encode_jpeg(anew, int(rng.integers(50, 90))), np.uint8)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR_RGB))


CHANGES: dict[str, Change] = {
    "turn": turned,
    "zoom": zoomed,
    "shift": shifted,
    "exposure": exposed,
    "hair": hairy,
    "ink": inked,
    "shift, turn and exposure": taken_anew,
}
"""Changes of an image, uint8 (H, W, 3) RGB, by kind; the generator decides how much."""


def _part(image: np.ndarray, share: float, down: float, across: float) -> np.ndarray:
    """Return a share of the height and width, from the top left, 0, to the bottom right, 1."""
    height, width = (int(share * side) for side in image.shape[:2])
    top, left = round(down * (image.shape[0] - height)), round(across * (image.shape[1] - width))
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def _unit(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / 255


def _painted(picture: np.ndarray) -> np.ndarray:
    return np.rint(255 * picture.clip(0, 1)).astype(np.uint8)
