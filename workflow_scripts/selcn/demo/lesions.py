"""Synthetic lesions: drawn once, then seen in any pose."""

from dataclasses import dataclass

import cv2
import numpy as np

from selcn.demo.canvas import make_canvas
from selcn.demo.noise import generator
from selcn.demo.painters import PAINTERS

# Largest share of a frame that a lesion may fill.
MOST_FILLED = 0.93


@dataclass(frozen=True)
class Habit:
    """Typical shape of the lesions of one diagnosis.

    Attributes
    ----------
    symmetry
        Probability of 0, 1 and 2 axes; about those of SymDerm's HAM10000 rows.
    radius
        Smallest and largest mean radius as a share of the image's height.
    roughness, raggedness
        See `selcn.demo.canvas.make_canvas`.
    """

    symmetry: tuple[float, float, float]
    radius: tuple[float, float]
    roughness: float
    raggedness: float


HABITS = {
    "nv": Habit((0.35, 0.32, 0.33), (0.14, 0.36), 0.11, 0.09),
    "mel": Habit((0.82, 0.11, 0.07), (0.20, 0.36), 0.18, 0.12),
    "bkl": Habit((0.57, 0.18, 0.25), (0.18, 0.38), 0.11, 0.05),
    "bcc": Habit((0.78, 0.12, 0.10), (0.18, 0.36), 0.16, 0.12),
    "akiec": Habit((0.78, 0.12, 0.10), (0.22, 0.38), 0.17, 0.15),
    "vasc": Habit((0.12, 0.20, 0.68), (0.09, 0.24), 0.08, 0.06),
    "df": Habit((0.36, 0.20, 0.44), (0.18, 0.34), 0.09, 0.10),
    "scc": Habit((0.80, 0.12, 0.08), (0.20, 0.36), 0.18, 0.14),
    "unk": Habit((0.60, 0.20, 0.20), (0.16, 0.34), 0.12, 0.08),
}


@dataclass(frozen=True)
class Lesion:
    """A synthetic lesion on its own square canvas.

    Attributes
    ----------
    diagnosis, symmetry
        `symmetry` is 0, 1 or 2 axes.
    outline
        Shape (360, 2), x and y about the middle, in pixels of the rendering.
    depth
        float32, shape (N, N), above 0 inside.
    density
        float32, shape (N, N, 3), the optical density added to the skin below; 0 far outside.
    glaze
        float32, shape (N, N, 4), the layer over it: colour times opacity, and opacity.
    """

    diagnosis: str
    symmetry: int
    outline: np.ndarray
    depth: np.ndarray
    density: np.ndarray
    glaze: np.ndarray


def symmetry_of(seed: int, name: str, diagnosis: str) -> int:
    """Return the symmetry, 0, 1 or 2 axes, of the lesion with this name."""
    return int(generator(seed, name, "symmetry").choice(3, p=HABITS[diagnosis].symmetry))


def draw_lesion(rng: np.random.Generator, diagnosis: str, symmetry: int, height: int) -> Lesion:
    """Draw one lesion.

    Parameters
    ----------
    diagnosis
        One of `selcn.demo.painters.PAINTERS`.
    symmetry
        0, 1 or 2 axes.
    height
        Height in pixels of the rendering it is for.
    """
    habit = HABITS[diagnosis]
    unit = height / 300
    radius = rng.uniform(*habit.radius) * height
    canvas = make_canvas(rng, symmetry, radius, unit, habit.roughness, habit.raggedness)
    paint = PAINTERS[diagnosis](canvas)
    fade = canvas.inside(0.12, shift=0.2)[..., None]
    theta = np.deg2rad(np.arange(len(canvas.outline)))
    outline = np.stack([np.cos(theta), np.sin(theta)], axis=1) * canvas.outline[:, None] * radius
    density, glaze = paint.density(canvas.shape) * fade, paint.glaze(canvas.shape) * fade
    return Lesion(diagnosis, symmetry, outline, canvas.depth, density, glaze.astype(np.float32))


def pose(rng: np.random.Generator, lesion: Lesion, width: int, height: int) -> np.ndarray:
    """Return a camera pose: the affine map, shape (2, 3), from the lesion's canvas into a rendering that it fits."""
    angle, foreshortening = rng.uniform(0, 2 * np.pi), rng.uniform(0.96, 1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rng.uniform(0.82, 1.22) * np.diag([1.0, foreshortening]) @ turn
    frame = np.array([width, height])
    extent = np.ptp(lesion.outline @ linear.T, axis=0)
    linear *= min(1.0, *(MOST_FILLED * frame / extent))
    reached = lesion.outline @ linear.T
    room = np.maximum(frame / 2 * 0.97 - np.abs(reached).max(0), 0)
    place = frame / 2 + np.clip(rng.normal(0, 0.07, 2) * frame, -room, room)
    middle = np.full(2, (lesion.depth.shape[0] - 1) / 2)
    return np.column_stack([linear, place - linear @ middle])


def lay_on(skin: np.ndarray, lesion: Lesion, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return skin with a lesion on it, float32 0..1, shape (H, W, 3), and its mask, bool, shape (H, W)."""
    size = skin.shape[1::-1]
    density = cv2.warpAffine(lesion.density, matrix, size)
    glaze = cv2.warpAffine(lesion.glaze, matrix, size)
    depth = cv2.warpAffine(lesion.depth, matrix, size, borderValue=-1.0)
    picture = skin * np.exp(-density) * (1 - glaze[..., 3:]) + glaze[..., :3]
    return picture, _main_part(depth > 0)


def _main_part(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected part of a mask, its holes filled."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return filled.astype(bool)
