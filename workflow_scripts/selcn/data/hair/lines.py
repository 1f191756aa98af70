"""Hair as lines: long, thin, with contrast to both sides in one direction, darker or lighter than what is under them.

The pigment network has lines of the same width and contrast, but short ones in all directions. So contrast is averaged
along a line, must exceed what the neighbourhood has across it, and what exceeds it must have a length.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

DIRECTIONS = 12
NONE = 255
# Directions of one piece of hair, which may bend, and by how many the next such range starts later.
SECTOR, STEP = 4, 2
# Turns from a direction to those that are across it: 45 to 135 degrees.
OTHERS = range(3, 10)
# The neighbourhood's contrast is computed in an image so many times smaller again.
COARSE = 4
# Lines are looked for in an image of half the reference height, where the narrowest hair is still a pixel wide.
REDUCTION = 2
# In pixels of an image of the reference height: the neighbourhood's side; how far from a piece its ends and crossings
# are; how far the skin between two hairs is from both; how far a hair's edge is from its line; how wide the structures
# are that a hat finds; how near to a pixel the core of its hair is.
NEIGHBOURHOOD, ENDS, BESIDE, REACH, HAT, CORE = 60, 16, 21, 2, 17, 9
# A pixel near a line is hair where the hat exceeds these grey levels, and this share of it in the hair's core.
LEAST_HAT, SHARE_OF_CORE = 8, 0.15


@dataclass(frozen=True)
class LineSettings:
    """Settings of the search for lines. Lengths are in pixels of images `reference_height` high.

    Parameters
    ----------
    length
        Length of the line along which contrast is averaged.
    width
        How far from a line its sides are, a hair's greatest width.
    contrast
        Least mean contrast of a hair's most visible stretch to the nearer of its sides; grey levels, 0..255.
    faint
        Least mean contrast of the rest of a hair.
    texture
        How many times the neighbourhood's mean contrast across the line a line's must exceed by these.
    extent
        Least extent of a hair.
    radius
        Radius of the inpainting's neighbourhood, in pixels.
    reference_height
        Height in pixels of the images that the lengths are meant for.
    """

    length: float = 30
    width: float = 7
    contrast: float = 12
    faint: float = 6
    texture: float = 1.75
    extent: float = 45
    radius: float = 1
    reference_height: int = 450


def hair_mask(image: np.ndarray, settings: LineSettings) -> np.ndarray:
    """Find the pixels of dark and light hair.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    np.ndarray
        bool (H, W), True on hair.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    shrink = min(1, settings.reference_height / REDUCTION / height)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    dark, light = find_lines(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), settings)
    scale = height / settings.reference_height
    return widen(dark, grey, cv2.MORPH_BLACKHAT, scale) | widen(light, grey, cv2.MORPH_TOPHAT, scale)


def find_lines(grey: np.ndarray, settings: LineSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines of dark and of light hair, bool (H, W), in a grey image, uint8 (H, W)."""
    scale = grey.shape[0] / settings.reference_height
    contrasts = np.stack(list(line_contrasts(grey, settings)))
    excess = excess_over_texture(contrasts, settings, odd(NEIGHBOURHOOD * scale))
    best = excess.max(axis=0)
    found = best > settings.faint
    # By direction the dark ones, then by direction the light ones.
    kinds = np.full(grey.shape, NONE, np.uint8)
    direction = excess[:, found].argmax(axis=0)
    lighter = np.take_along_axis(contrasts[:, found], direction[None], axis=0)[0] < 0
    kinds[found] = direction + DIRECTIONS * lighter
    ends = square(2 * ENDS * scale)
    dark, light = (
        long_pieces(kinds, first, best > settings.contrast, settings.extent * scale, ends) for first in (0, DIRECTIONS)
    )
    # The skin between two hairs is a line of the other kind, but a fainter one.
    side = odd(BESIDE * scale)
    darkness, lightness = (cv2.blur(best * kind, (side, side)) for kind in (dark, light))
    return dark & (darkness >= lightness), light & (lightness > darkness)


def excess_over_texture(contrasts: np.ndarray, settings: LineSettings, side: int) -> np.ndarray:
    """Return by how much each direction's contrast exceeds that of other directions around, float32 (D, H, W)."""
    excess = np.abs(contrasts)
    _, height, width = excess.shape
    coarse = max(1, width // COARSE), max(1, height // COARSE)
    # Clipped, so that hair itself is no texture.
    clipped = [cv2.resize(np.minimum(each, settings.contrast), coarse, interpolation=cv2.INTER_AREA) for each in excess]
    around = np.stack([cv2.blur(each, (odd(side / COARSE),) * 2) for each in clipped])
    others = np.stack([np.roll(around, turn, axis=0) for turn in OTHERS]).mean(axis=0)
    for each, texture in zip(excess, others, strict=True):
        each -= settings.texture * cv2.resize(texture, (width, height))
    return excess


def line_contrasts(grey: np.ndarray, settings: LineSettings) -> Iterator[np.ndarray]:
    """Yield, direction by direction, each pixel's mean contrast along a line through it.

    Parameters
    ----------
    grey
        uint8 (H, W).

    Yields
    ------
    np.ndarray
        float32 (H, W), grey levels: positive where the line is darker than both its sides, negative where lighter.
    """
    scale = grey.shape[0] / settings.reference_height
    half, aside = max(2, round(settings.length * scale / 2)), max(2, round(settings.width * scale))
    wide = cv2.copyMakeBorder(grey, aside, aside, aside, aside, cv2.BORDER_REPLICATE)
    # So that a single dark dot does not make a line.
    most = round(2 * settings.contrast)
    for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
        down, right = np.sin(angle), np.cos(angle)
        across = round(aside * right), round(-aside * down)
        one, other = moved(wide, aside, *across, grey.shape), moved(wide, aside, -across[0], -across[1], grey.shape)
        darker = cv2.subtract(cv2.min(one, other), grey)
        lighter = cv2.subtract(grey, cv2.max(one, other))
        contrast = np.clip(cv2.subtract(darker, lighter, dtype=cv2.CV_16S), -most, most).astype(np.int16)
        ahead = cv2.copyMakeBorder(contrast, half, half, half, half, cv2.BORDER_REPLICATE)
        steps = range(-half, half + 1)
        total = np.zeros(grey.shape, np.int16)
        for step in steps:
            total += moved(ahead, half, round(step * down), round(step * right), grey.shape)
        yield total.astype(np.float32) / len(steps)


def long_pieces(kinds: np.ndarray, first: int, visible: np.ndarray, extent: float, ends: np.ndarray) -> np.ndarray:
    """Return the pieces of similar direction that are long and visible somewhere, and what else is found beside them.

    Parameters
    ----------
    kinds
        uint8 (H, W): directions of what was found, from `first` on; other numbers elsewhere.
    visible
        bool (H, W).
    extent
        Least diagonal of a piece's bounding box, in pixels.
    ends
        Structuring element of what counts as beside a piece.

    Returns
    -------
    np.ndarray
        bool (H, W).
    """
    kept = np.zeros(kinds.shape, bool)
    for start in range(0, DIRECTIONS, STEP):
        piece = cv2.LUT(kinds, table_of((start + np.arange(SECTOR)) % DIRECTIONS + first))
        seeds = visible & (piece > 0)
        if not seeds.any():
            continue
        _, labels, stats, _ = cv2.connectedComponentsWithStats(piece, connectivity=8)
        chosen = np.zeros(len(stats), bool)
        chosen[labels[seeds]] = True
        chosen &= np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= extent
        if chosen.any():
            kept |= chosen[labels]
    if not kept.any():
        return kept
    found = cv2.LUT(kinds, table_of(np.arange(DIRECTIONS) + first))
    return (found & cv2.dilate(kept.astype(np.uint8), ends)) > 0


def table_of(chosen: np.ndarray) -> np.ndarray:
    """Return OpenCV's table that makes 1 of some numbers and 0 of all others, uint8 (256,)."""
    return np.isin(np.arange(256), chosen).astype(np.uint8)


def widen(lines: np.ndarray, grey: np.ndarray, hat: int, scale: float) -> np.ndarray:
    """Return the hair, bool (H, W), that lies on lines found in a smaller image, by OpenCV's black-hat or top-hat."""
    if not lines.any():
        return np.zeros(grey.shape, bool)
    height, width = grey.shape
    near = cv2.resize(lines.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    near = cv2.dilate(near, square(2 * REACH * scale))
    response = cv2.morphologyEx(grey, hat, square(HAT * scale))
    core = cv2.dilate(response, square(CORE * scale))
    return (near > 0) & (response > np.maximum(LEAST_HAT, SHARE_OF_CORE * core))


def moved(padded: np.ndarray, margin: int, down: int, right: int, shape: tuple[int, int]) -> np.ndarray:
    """Return the view of an array with margins that starts so many pixels further down and to the right."""
    return padded[margin + down : margin + down + shape[0], margin + right : margin + right + shape[1]]


def odd(length: float) -> int:
    """Return the nearest odd number of pixels, at least 3."""
    return max(3, 2 * int(length / 2) + 1)


def square(side: float) -> np.ndarray:
    """Return a square structuring element."""
    return np.ones((odd(side), odd(side)), np.uint8)
