"""The scene around a synthetic lesion: skin, light, glass."""

import cv2
import numpy as np

from selcn.demo.canvas import MELANIN
from selcn.demo.noise import dots, network, smooth_noise, stroke

# Skin from light to dark, RGB 0..1, and how often each is seen.
TONES = np.array(
    [
        [0.90, 0.72, 0.73],
        [0.87, 0.66, 0.63],
        [0.85, 0.73, 0.70],
        [0.82, 0.67, 0.73],
        [0.86, 0.55, 0.53],
        [0.80, 0.61, 0.50],
        [0.66, 0.47, 0.38],
        [0.47, 0.33, 0.27],
    ],
    np.float32,
)
TONE_SHARES = (0.18, 0.18, 0.16, 0.13, 0.12, 0.11, 0.08, 0.04)
INK = np.array([0.30, 0.20, 0.62], np.float32)


def choose_tone(rng: np.random.Generator) -> np.ndarray:
    """Return a patient's skin colour, float32 RGB 0..1."""
    return (TONES[rng.choice(len(TONES), p=TONE_SHARES)] * rng.normal(1, 0.025, 3)).astype(np.float32)


def draw_skin(rng: np.random.Generator, tone: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return bare skin, float32, shape (H, W, 3): mottled by blood, crossed by fine lines, with pores and freckles."""
    shape, unit = (height, width), height / 300
    redness = 0.06 * smooth_noise(rng, shape, 130 * unit) + 0.016 * smooth_noise(rng, shape, 26 * unit)
    pigment = 0.05 * smooth_noise(rng, shape, 200 * unit) + 0.010 * smooth_noise(rng, shape, 14 * unit)
    lines = network(rng, shape, rng.uniform(9, 17) * unit, 1.7 * unit) * rng.uniform(0.01, 0.07)
    grain = 0.020 * smooth_noise(rng, shape, 4 * unit)
    density = (redness + 0.02 * smooth_noise(rng, shape, 9 * unit))[..., None] * np.array([0.25, 1.0, 0.8], np.float32)
    density += _freckles(rng, shape, unit)[..., None] * MELANIN
    density += (pigment - lines + grain)[..., None] * np.array([0.6, 0.9, 1.0], np.float32)
    return tone * np.exp(-density)


def _freckles(rng: np.random.Generator, shape: tuple[int, int], unit: float) -> np.ndarray:
    count = rng.poisson(2) + (rng.integers(15, 50) if rng.random() < 0.15 else 0)
    centres = rng.uniform(0, 1, (count, 2)) * [shape[1], shape[0]]
    stretch = np.stack([rng.uniform(1, 1.8, count), rng.uniform(0, np.pi, count)], axis=1)
    spots = dots(shape, centres, rng.uniform(2, 9, count) * unit, stretch)
    return spots * rng.uniform(0.05, 0.22) * np.clip(1 + 0.4 * smooth_noise(rng, shape, 6 * unit), 0, 2)


def light_on(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Return the lamp's light, float32, shape (H, W, 3): brightest off the middle, with a slight colour cast."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    x0, y0 = rng.normal(0, 0.25, 2)
    falloff = 1.06 - rng.uniform(0.02, 0.11) * ((x - x0) ** 2 + (y - y0) ** 2)
    return falloff[..., None] * rng.normal(1, 0.035, 3).astype(np.float32) * np.float32(rng.uniform(0.95, 1.10))


def draw_glass(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw what is on the glass and in the gel: ruler, pen, bubbles, dark corners of the tube; each on some images.

    Returns
    -------
    passing : float32, shape (H, W, 3), the share of light let through
    added : float32, shape (H, W), light added
    """
    passing = np.ones((height, width, 3), np.float32)
    added = np.zeros((height, width), np.float32)
    unit = height / 300
    if rng.random() < 0.04:
        ink = _pen(rng, width, height)[..., None]
        passing *= 1 - ink * (1 - INK)
    if rng.random() < 0.16:
        passing *= 1 - rng.uniform(0.45, 0.8) * _ruler(rng, width, height)[..., None]
    if rng.random() < 0.08:
        dark, bright = _bubbles(rng, width, height, unit)
        passing *= 1 - dark[..., None]
        added += bright
    style = rng.random()
    if style < 0.12:
        passing *= _tube(rng, width, height, rng.uniform(0.98, 1.1), 0.025)[..., None]
    elif style < 0.35:
        passing *= _tube(rng, width, height, rng.uniform(1.12, 1.3), 0.13)[..., None]
    return passing, added


def _tube(rng: np.random.Generator, width: int, height: int, size: float, softness: float) -> np.ndarray:
    """Light let through by a round tube of `size` half-widths; 0 in the dark corners."""
    x0, y0 = rng.normal(0, 0.025, 2) * width
    y, x = np.indices((height, width), dtype=np.float32)
    away = np.hypot(x - width / 2 - x0, y - height / 2 - y0) / (width / 2)
    return 0.03 + 0.97 / (1 + np.exp(np.clip((away - size) / softness * 2.5, -30, 30)))


def _ruler(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Ticks along one side, every fifth longer, at times with a number."""
    unit = height / 300
    coverage = np.zeros((height, width), np.uint8)
    step, inset, tilt = rng.uniform(11, 19) * unit, rng.uniform(4, 22) * unit, rng.normal(0, 0.05)
    first, last = np.sort(rng.uniform(0, 1, 2)) * [0.4, 1.0]
    length = height if (side := rng.integers(4)) % 2 else width
    numbered = rng.random() < 0.6
    for number, along in enumerate(np.arange(first * length, max(last, first + 0.45) * length, step)):
        size = (16 if number % 5 == 0 else 9) * unit
        depth = inset + tilt * (along - length / 2)
        ends = np.array([[along, depth], [along - tilt * size, depth + size]])
        stroke(coverage, _to_side(ends, side, width, height), np.full(2, 1.7 * unit))
        if numbered and number % 10 == 5:
            at = _to_side(np.array([[along, depth + 30 * unit]]), side, width, height)[0]
            origin = (int(at[0] - 6 * unit), int(at[1] + 4 * unit))
            cv2.putText(coverage, str(number // 10 * 5 + 5), origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4 * unit, 255, 1, 16)
    return coverage.astype(np.float32) / 255


def _to_side(points: np.ndarray, side: int | np.integer, width: int, height: int) -> np.ndarray:
    """Return points given along and away from the top edge, at the top, left, bottom or right."""
    along, away = points[:, 0], points[:, 1]
    moved = ((along, away), (away, along), (along, height - away), (width - away, along))[side]
    return np.stack(moved, axis=1)


def _pen(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Violet pen marks near the border, worn off in places."""
    unit = height / 300
    coverage = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, 3)):
        side = rng.choice([0.06, 0.93])
        tip = np.array([side * width, rng.uniform(0.2, 0.8) * height])
        for turn in (0.7, -0.7):
            heading = np.pi * (side > 0.5) + turn + rng.normal(0, 0.1)
            steps = np.linspace(0, rng.uniform(30, 60) * unit, 8)[:, None]
            points = tip + steps * np.array([np.cos(heading), np.sin(heading)])
            stroke(coverage, points, np.full(8, rng.uniform(6, 10) * unit))
    worn = np.clip(0.75 + 0.3 * smooth_noise(rng, (height, width), 8 * unit), 0, 1)
    return cv2.GaussianBlur(coverage, (0, 0), 1.5 * unit).astype(np.float32) / 255 * worn


def _bubbles(rng: np.random.Generator, width: int, height: int, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Gel bubbles: a dark ring with a bright crescent each."""
    dark, bright = np.zeros((2, height, width), np.float32)
    y, x = np.indices((height, width), dtype=np.float32)
    for _ in range(rng.integers(1, 8)):
        radius = rng.uniform(4, 13) * unit
        dx, dy = x - rng.uniform(0, width), y - rng.uniform(0, height)
        ring = np.exp(-(((np.hypot(dx, dy) - radius) / (1.3 * unit)) ** 2))
        lit = np.clip((-dx - dy) / (radius * 1.41), 0, 1)
        dark = np.maximum(dark, 0.28 * ring * (1 - lit))
        bright = np.maximum(bright, 0.45 * ring * lit**2)
    return dark, bright
