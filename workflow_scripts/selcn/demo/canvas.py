"""Canvas of a synthetic lesion: its depth field, and textures with its symmetry."""

from dataclasses import dataclass

import cv2
import numpy as np

from selcn.demo.noise import dots, network, smooth_noise
from selcn.demo.outline import SAMPLES, draw_outline

# Free canvas around a lesion, in radii, for what fades out beyond its border.
MARGIN = 0.42
# Optical density of a unit of pigment in red, green and blue.
MELANIN = np.array([0.36, 0.82, 1.02], np.float32)
BLOOD = np.array([0.20, 1.00, 0.56], np.float32)
DEEP = np.array([1.00, 0.68, 0.34], np.float32)


@dataclass(frozen=True)
class Canvas:
    """A lesion's canvas, which its painter draws on.

    Attributes
    ----------
    rng
        The lesion's own generator.
    symmetry
        0, 1 or 2 axes; the first axis is horizontal.
    unit
        Pixels of the rendering per design pixel (1 for a rendering 300 pixels high).
    radius
        Mean radius of the lesion in pixels of the rendering.
    outline
        Shape (360,), in radii.
    depth
        float32, shape (N, N): 1 in the middle, 0 on the border, negative outside.
    """

    rng: np.random.Generator
    symmetry: int
    unit: float
    radius: float
    outline: np.ndarray
    depth: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.depth.shape

    def inside(self, softness: float, shift: float = 0.0) -> np.ndarray:
        """Return 1 inside and 0 outside, with a border about `softness` radii wide, moved outwards by `shift`."""
        return 1 / (1 + np.exp(-np.clip((self.depth + shift) / (softness / 4), -30, 30)))

    def coarse(self, cell: float) -> np.ndarray:
        """Return noise with the lesion's symmetry and blobs `cell` radii wide."""
        return symmetrised(smooth_noise(self.rng, self.shape, cell * self.radius), self.symmetry)

    def fine(self, cell: float) -> np.ndarray:
        """Return noise with blobs `cell` design pixels wide, without symmetry."""
        return smooth_noise(self.rng, self.shape, cell * self.unit)

    def network(self, spacing: float, line: float) -> np.ndarray:
        """Return a pigment network; lengths in design pixels."""
        return network(self.rng, self.shape, spacing * self.unit, line * self.unit)

    def tilt(self) -> np.ndarray:
        """Return a ramp of about -1..1 across the lesion if its symmetry allows one, else zeros."""
        if self.symmetry == 2:
            return np.zeros(self.shape, np.float32)
        angle = 0.0 if self.symmetry == 1 else self.rng.uniform(0, 2 * np.pi)
        x, y = axes(self.shape[0], self.radius)
        sign = self.rng.choice([-1.0, 1.0])
        return (sign * (x * np.cos(angle) + y * np.sin(angle))).astype(np.float32)

    def places(self, count: int | np.integer, innermost: float = 0.0, outermost: float = 1.0) -> np.ndarray:
        """Return positions in the lesion, shape (count, 2), in pixels.

        Parameters
        ----------
        innermost, outermost
            Range of the distance from the middle, as a share of the outline's.
        """
        theta = self.rng.uniform(0, 2 * np.pi, count)
        share = np.sqrt(self.rng.uniform(innermost**2, outermost**2, count))
        reach = share * self.outline[np.rad2deg(theta).astype(int) % SAMPLES] * self.radius
        middle = (self.shape[0] - 1) / 2
        return np.stack([reach * np.cos(theta), reach * np.sin(theta)], axis=1) + middle

    def spots(
        self,
        count: int | np.integer,
        sizes: tuple[float, float],
        reach: tuple[float, float] = (0.0, 1.0),
        longest: float = 1.0,
    ) -> np.ndarray:
        """Return soft spots, 1 in their middle and 0 outside, placed with the lesion's symmetry.

        Parameters
        ----------
        count
            Approximate number, mirror images included.
        sizes
            Smallest and largest radius in pixels of the rendering.
        reach
            Range of their distance from the middle, as in `places`.
        longest
            Largest ratio of a spot's axes.
        """
        count = max(1, round(count / 2**self.symmetry))
        centres = self.places(count, *reach)
        radii = self.rng.uniform(*sizes, count)
        stretch = np.stack([self.rng.uniform(1, longest, count), self.rng.uniform(0, np.pi, count)], axis=1)
        field = dots(self.shape, centres, radii, stretch)
        if self.symmetry >= 1:
            field = np.maximum(field, field[::-1])
        if self.symmetry == 2:
            field = np.maximum(field, field[:, ::-1])
        return field


def axes(side: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of a square canvas in radii from its middle."""
    position = ((np.arange(side) - (side - 1) / 2) / radius).astype(np.float32)
    return np.meshgrid(position, position)


def symmetrised(field: np.ndarray, symmetry: int) -> np.ndarray:
    """Return a field averaged with its mirror images about `symmetry` axes, with its contrast preserved."""
    if symmetry >= 1:
        field = (field + field[::-1]) * np.float32(np.sqrt(0.5))
    if symmetry == 2:
        field = (field + field[:, ::-1]) * np.float32(np.sqrt(0.5))
    return field


def make_canvas(
    rng: np.random.Generator, symmetry: int, radius: float, unit: float, roughness: float, raggedness: float
) -> Canvas:
    """Return a canvas with an outline of a given symmetry.

    Parameters
    ----------
    radius
        Mean radius in pixels.
    unit
        Pixels per design pixel.
    roughness
        See `selcn.demo.outline.draw_outline`.
    raggedness
        How far the border wanders about the smooth outline, in radii.
    """
    outline = draw_outline(rng, symmetry, roughness)
    side = 2 * round((outline.max() + MARGIN) * radius) + 1
    x, y = axes(side, radius)
    theta = np.mod(np.rad2deg(np.arctan2(y, x)), SAMPLES).astype(np.float32)
    ring = np.r_[outline, outline[:1]].astype(np.float32)
    border = np.interp(theta, np.arange(SAMPLES + 1), ring).astype(np.float32)
    depth = 1 - cv2.magnitude(x, y) / border
    for cell, share in ((0.45, 0.6), (0.2, 0.4), (0.09, 0.25)):
        noise = symmetrised(smooth_noise(rng, depth.shape, max(cell * radius, 2)), symmetry)
        depth += raggedness * share * noise
    return Canvas(rng, symmetry, unit, radius, outline, depth)
