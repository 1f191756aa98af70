"""Hair drawn over images that have none: curved, tapering, translucent strands of any colour, with a soft shadow."""

import cv2
import numpy as np

COLOURS = {
    "dark": ((25, 18, 15), (45, 30, 22), (80, 55, 40)),
    "light": ((235, 225, 205), (220, 215, 210), (225, 200, 160)),
}
# Pixels of an image 450 high.
WIDTHS = {"thin": (1, 2), "thick": (2.5, 4)}
REFERENCE = 450
# Strands are drawn so many times larger, and shrunk.
LARGER = 4
POINTS = 60
# Fractional bits of OpenCV's coordinates.
SHIFT = 4


def drawn_hair(
    image: np.ndarray, rng: np.random.Generator, colour: str, width: str, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw hair of a colour and width over an image.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.

    Returns
    -------
    covered : np.ndarray
        uint8 (H, W, 3) RGB.
    coverage : np.ndarray
        float64 (H, W), 0..1: how much of a pixel hair covers, times its opacity.
    """
    height, wide = image.shape[:2]
    unit = height / REFERENCE
    coverage = strands(rng, height, wide, WIDTHS[width], count)
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(1, 4) * unit
    move = np.array([[1, 0, distance * np.cos(angle)], [0, 1, distance * np.sin(angle)]], np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(coverage, move, (wide, height)), (0, 0), 1.5 * unit)
    shade = np.array(COLOURS[colour][rng.integers(3)], float)
    below = image * (1 - 0.15 * rng.uniform() * shadow[..., None])
    covered = below * (1 - coverage[..., None]) + shade * coverage[..., None]
    return np.clip(covered.round(), 0, 255).astype(np.uint8), coverage


def strands(rng: np.random.Generator, height: int, wide: int, widths: tuple[float, float], count: int) -> np.ndarray:
    """Return how much strands in roughly one direction cover, float64 (height, wide)."""
    unit, large = height / REFERENCE, np.zeros((height * LARGER, wide * LARGER), np.uint8)
    main = rng.uniform(0, np.pi)
    for _ in range(count):
        length = rng.uniform(100, 500) * unit
        bend = np.cumsum(np.cumsum(rng.normal(0, 0.0035, POINTS))) + np.linspace(0, rng.normal(0, 0.6), POINTS)
        heading = main + rng.normal(0, 0.5) + bend
        steps = np.stack([np.cos(heading), np.sin(heading)], 1) * length / POINTS
        points = rng.uniform(0, 1, 2) * (wide, height) + np.cumsum(steps, 0) - steps.sum(0) / 2
        thickness = rng.uniform(*widths) * unit * np.linspace(1, rng.uniform(0.5, 1), POINTS)
        opacity = int(255 * rng.uniform(0.5, 0.95))
        one = np.zeros_like(large)
        ends = [tuple(point) for point in (points * LARGER * 2**SHIFT).round().astype(int).tolist()]
        for begin, end, thick in zip(ends, ends[1:], thickness, strict=False):
            cv2.line(one, begin, end, opacity, max(1, round(thick * LARGER)), cv2.LINE_AA, SHIFT)
        np.maximum(large, one, out=large)
    return cv2.resize(large, (wide, height), interpolation=cv2.INTER_AREA) / 255
