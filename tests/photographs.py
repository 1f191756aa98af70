"""Drawn photographs of lesions, and what can happen to a copy of one."""

import cv2
import numpy as np

SIZE = 128


def skin(seed: int) -> np.ndarray:
    """Return a blotchy dark spot on blotchy skin, uint8 (S, S, 3)."""
    rng = np.random.default_rng(seed)
    ground = sum(_noise(rng, cells) * weight for cells, weight in ((4, 12), (9, 8), (20, 4)))
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    centre, axes = rng.uniform(0.4, 0.6, 2), rng.uniform(0.12, 0.3, 2)
    radius = np.hypot((x - centre[0]) / axes[0], (y - centre[1]) / axes[1]) + 0.15 * _noise(rng, 7)
    spot = (90 + 25 * _noise(rng, 10)) / (1 + np.exp(12 * (radius - 1)))
    image = np.array([215, 170, 150]) + ground[..., None] - spot[..., None] * np.array([1, 1.1, 0.9])
    return np.clip(image, 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, cells: int) -> np.ndarray:
    return cv2.resize(rng.normal(size=(cells, cells)), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)


def encoded(image: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def resized(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def cropped(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image[2:-1, 1:-2], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)


def brightened(image: np.ndarray) -> np.ndarray:
    return np.clip(image * 1.15 + 8, 0, 255).astype(np.uint8)


def taken_anew(image: np.ndarray) -> np.ndarray:
    """Return an image as a second photograph of its lesion: turned, zoomed and shifted, so that no hash finds it."""
    matrix = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), 35, 1.15) + np.array([[0, 0, 9], [0, 0, -6]])
    return brightened(cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT))
