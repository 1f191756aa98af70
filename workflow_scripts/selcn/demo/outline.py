"""The outline of a lesion: a smooth closed curve of known symmetry, in polar form."""

import numpy as np

SAMPLES = 360
ORDERS = np.arange(2, 7)
# The best mirror overlap (IoU over all axes through the middle) that an asymmetric outline may reach, and the most
# that one symmetric to one axis may reach about the other.
MOST_WHERE_ASYMMETRIC = 0.86
MOST_ACROSS_ONE_AXIS = 0.86


def mirror_overlaps(radius: np.ndarray) -> np.ndarray:
    """Return the IoU of a polar outline with its mirror image about each axis through the origin.

    Parameters
    ----------
    radius
        Shape (360,), the distance of the outline from the origin, one sample per degree.

    Returns
    -------
    Shape (180,): element k for the axis at k degrees.
    """
    theta = np.arange(SAMPLES)
    mirrored = radius[(2 * np.arange(SAMPLES // 2)[:, None] - theta) % SAMPLES]
    return (np.minimum(radius, mirrored) ** 2).sum(1) / (np.maximum(radius, mirrored) ** 2).sum(1)


def draw_outline(rng: np.random.Generator, symmetry: int, roughness: float) -> np.ndarray:
    """Return a closed outline of mean radius about 1.

    Parameters
    ----------
    symmetry
        0 fully asymmetric, 1 symmetric to the axis at 0 degrees, 2 to those at 0 and 90 degrees, as SymDerm counts.
    roughness
        Approximate standard deviation of the radius, 0.05 (near a circle) to 0.3. Increased if an outline is more
        symmetric than its label allows.

    Returns
    -------
    Shape (360,): the distance from the middle, one sample per degree.
    """
    while True:
        radius = _fourier(rng, symmetry, roughness)
        overlaps = mirror_overlaps(radius)
        if symmetry == 2:
            return radius
        if symmetry == 1 and overlaps[90] < MOST_ACROSS_ONE_AXIS:
            return radius
        if symmetry == 0 and overlaps.max() < MOST_WHERE_ASYMMETRIC:
            return radius
        roughness *= 1.02


def _fourier(rng: np.random.Generator, symmetry: int, roughness: float) -> np.ndarray:
    theta = np.deg2rad(np.arange(SAMPLES))[:, None]
    amplitude = rng.normal(0, 1, len(ORDERS)) / (ORDERS - 1.0) ** 1.7
    # Most lesions are roughly oval.
    amplitude[0] += np.copysign(0.6, amplitude[0])
    phase = rng.uniform(0, 2 * np.pi, len(ORDERS)) if symmetry == 0 else np.zeros(len(ORDERS))
    if symmetry == 2:
        amplitude = np.where(ORDERS % 2 == 0, amplitude, 0) / ORDERS**0.5
    waves = (amplitude * np.cos(ORDERS * theta + phase)).sum(1)
    return np.clip(1 + waves * roughness / max(waves.std(), 1e-6), 0.4, 1.55)
