"""Synthetic hair: curved, tapered, with a faint shadow; and its true position."""

import cv2
import numpy as np

from selcn.demo.noise import curve, stroke

DARK = ((0.10, 0.07, 0.06), (0.17, 0.11, 0.08), (0.30, 0.20, 0.14))
LIGHT = ((0.88, 0.79, 0.66), (0.84, 0.81, 0.78))


def draw_hair(rng: np.random.Generator, width: int, height: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw hairs in roughly one direction.

    Returns
    -------
    coverage, shadow : float32 of shape (H, W), 0..1
    """
    unit = height / 300
    coverage = np.zeros((height, width), np.uint8)
    main, spread = rng.uniform(0, np.pi), rng.uniform(0.15, 0.6)
    thickness = rng.uniform(1.3, 2.9) * unit
    for _ in range(count):
        angle = main + rng.normal(0, spread)
        length = rng.uniform(0.25, 0.9) * width
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        root = rng.uniform(-0.05, 1.05, 2) * [width, height] - along * length / 2
        bow = rng.normal(0, 0.16, 2) * length
        ends = np.stack([root, root + along * length / 3, root + along * length * 2 / 3, root + along * length])
        ends[1:3] += across * bow[:, None]
        ends[3] += across * rng.normal(0, 0.12) * length
        taper = np.linspace(1.1, rng.uniform(0.25, 0.55), 32)
        stroke(coverage, curve(ends, 32), thickness * rng.uniform(0.65, 1.2) * taper)
    drawn = coverage.astype(np.float32) / 255
    move = np.array([[1, 0, 1.5 * unit], [0, 1, 1.5 * unit]], np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(drawn, move, (width, height)), (0, 0), 1.2 * unit)
    return drawn, shadow


def lay_hair(
    picture: np.ndarray, coverage: np.ndarray, shadow: np.ndarray, colour: tuple[float, float, float], opacity: float
) -> np.ndarray:
    """Return a picture, float32 0..1, shape (H, W, 3), overlaid with hair of one colour."""
    below = picture * (1 - 0.10 * shadow[..., None])
    covered = (opacity * coverage)[..., None]
    return below * (1 - covered) + np.array(colour, np.float32) * covered
