"""Seeded generators, and the textures of synthetic images: smooth noise, cells, strokes.

Fields are float32 of shape (H, W); lengths are in pixels of the rendering, which is finer than the image.
"""

import hashlib

import cv2
import numpy as np

# Standard deviation of unit white noise after a Gaussian blur of sigma 1: 1 / (2 sqrt(pi)).
BLURRED_STD = 0.2821
STROKE_SHIFT = 4


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a generator that depends only on the seed and on the names given."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> np.ndarray:
    """Return isotropic noise of mean 0 and standard deviation about 1 whose blobs are about `cell` pixels wide."""
    step = max(cell / 2, 1.0)
    rows, columns = (int(np.ceil(side / step)) + 8 for side in shape)
    coarse = cv2.GaussianBlur(rng.standard_normal((rows, columns), dtype=np.float32), (0, 0), 1.0) / BLURRED_STD
    zoomed = cv2.resize(coarse, (round(columns * step), round(rows * step)), interpolation=cv2.INTER_CUBIC)
    top, left = round(3 * step), round(3 * step)
    return np.ascontiguousarray(zoomed[top : top + shape[0], left : left + shape[1]])


def cells(rng: np.random.Generator, shape: tuple[int, int], spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance of each pixel to the walls of an irregular honeycomb, and its cell's number.

    Returns
    -------
    wall : float32, pixels, 0 on a wall
    cell : int32, from 1, in no order
    """
    height, width = shape
    y, x = np.meshgrid(np.arange(0, height, spacing), np.arange(0, width, spacing), indexing="ij")
    y = y + rng.uniform(-0.45, 0.45, y.shape) * spacing + spacing / 2
    x = x + rng.uniform(-0.45, 0.45, x.shape) * spacing + spacing / 2
    seeds = np.ones(shape, np.uint8)
    seeds[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)] = 0
    _, label = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    inner = np.ones(shape, np.uint8)
    inner[:, 1:][label[:, 1:] != label[:, :-1]] = 0
    inner[1:][label[1:] != label[:-1]] = 0
    return cv2.distanceTransform(inner, cv2.DIST_L2, 3), label


def network(rng: np.random.Generator, shape: tuple[int, int], spacing: float, line: float) -> np.ndarray:
    """Return a net of lines, 1 on a line and 0 in its meshes, with curved meshes."""
    wall, _ = cells(rng, shape, spacing)
    lines = np.exp(-((wall / line) ** 2))
    return bend(rng, lines, cell=spacing * 1.3, reach=spacing * 0.22)


def bend(rng: np.random.Generator, field: np.ndarray, cell: float, reach: float) -> np.ndarray:
    """Return a field smoothly distorted by about `reach` pixels."""
    shape = field.shape[:2]
    place = np.indices(shape, dtype=np.float32)
    place[1] += reach * smooth_noise(rng, shape, cell)
    place[0] += reach * smooth_noise(rng, shape, cell)
    return cv2.remap(field, place[1], place[0], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def dots(
    shape: tuple[int, int], centres: np.ndarray, radii: np.ndarray, stretch: np.ndarray | None = None
) -> np.ndarray:
    """Return soft discs: 1 in their middle, 0 outside.

    Parameters
    ----------
    centres
        Shape (N, 2), x and y.
    radii
        Shape (N,).
    stretch
        Shape (N, 2): ratio of the axes and angle in radians; none for round discs.
    """
    field = np.zeros(shape, np.float32)
    stretch = np.tile([1.0, 0.0], (len(radii), 1)) if stretch is None else stretch
    for (x, y), radius, (ratio, angle) in zip(centres, radii, stretch, strict=True):
        reach = 1.6 * radius * max(ratio, 1.0)
        left, top = max(int(x - reach), 0), max(int(y - reach), 0)
        right, bottom = min(int(x + reach) + 2, shape[1]), min(int(y + reach) + 2, shape[0])
        if right <= left or bottom <= top:
            continue
        dy, dx = np.mgrid[top:bottom, left:right].astype(np.float32)
        dx, dy = dx - x, dy - y
        along, across = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
        disc = np.exp(-(((along / (radius * ratio)) ** 2 + (across / radius) ** 2) ** 2))
        part = field[top:bottom, left:right]
        np.maximum(part, disc, out=part)
    return field


def stroke(coverage: np.ndarray, points: np.ndarray, widths: np.ndarray) -> None:
    """Draw one tapered, antialiased stroke into an 8-bit coverage map.

    Parameters
    ----------
    coverage
        uint8, shape (H, W), 0..255; drawn into.
    points
        Shape (N, 2), x and y along the stroke.
    widths
        Shape (N,), the stroke's width at each point.
    """
    tangent = np.gradient(points, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * widths[:, None] / 2
    polygon = np.concatenate([points + normal, (points - normal)[::-1]])
    fixed = np.round(polygon * 2**STROKE_SHIFT).astype(np.int32)
    cv2.fillPoly(coverage, [fixed], 255, lineType=cv2.LINE_AA, shift=STROKE_SHIFT)


def curve(ends: np.ndarray, count: int = 24) -> np.ndarray:
    """Return points, shape (count, 2), along the cubic Bezier curve of four control points, shape (4, 2)."""
    t = np.linspace(0, 1, count)[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return basis @ ends
