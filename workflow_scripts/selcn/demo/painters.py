"""Painters, one per diagnosis: pigment, blood and glaze of a synthetic lesion as seen in dermoscopy.

A painter returns a `Paint`, following the usual dermoscopic criteria: pigment network and globules
(nv), atypical network, streaks, blue-white veil (mel), milia-like cysts and fissures (bkl), arborising vessels and
ovoid nests (bcc), red pseudo-network and scale (akiec, scc), lacunae (vasc), central white patch (df).
Unknown lesions (unk) are scars.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from selcn.demo.canvas import BLOOD, DEEP, MELANIN, Canvas
from selcn.demo.noise import bend, cells, stroke

CREAM = (0.93, 0.86, 0.74)
VEIL = (0.53, 0.55, 0.66)
SCAR = (0.95, 0.83, 0.84)
SHINE = (0.97, 0.90, 0.93)
KERATIN = (0.95, 0.87, 0.66)
CRUST = (0.62, 0.22, 0.10)


@dataclass
class Paint:
    """Layers of a lesion, float32 of shape (N, N): optical amounts, then glazes (colour, opacity) in order."""

    melanin: np.ndarray | float = 0.0
    blood: np.ndarray | float = 0.0
    deep: np.ndarray | float = 0.0
    glazes: list[tuple[tuple[float, float, float], np.ndarray]] = field(default_factory=list)

    def density(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the optical density, float32, shape (N, N, 3)."""
        layers = ((self.melanin, MELANIN), (self.blood, BLOOD), (self.deep, DEEP))
        total = np.zeros((*shape, 3), np.float32)
        for amount, colour in layers:
            total += np.broadcast_to(np.asarray(amount, np.float32), shape)[..., None] * colour
        return np.maximum(total, 0)

    def glaze(self, shape: tuple[int, int]) -> np.ndarray:
        """Return all glazes as one, float32, shape (N, N, 4): colour times opacity, and opacity."""
        total = np.zeros((*shape, 4), np.float32)
        for colour, opacity in self.glazes:
            opacity = np.clip(opacity, 0, 1).astype(np.float32)[..., None]
            total = total * (1 - opacity) + np.array([*colour, 1.0], np.float32) * opacity
        return total


def paint_nv(c: Canvas) -> Paint:
    """A naevus: brown, evenly mottled, with a regular network or globules."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.12, 0.35))
    body = rng.uniform(0.40, 0.95) * (1 + rng.uniform(-0.35, 0.9) * np.clip(c.depth, 0, 1))
    body = body * (1 + 0.24 * c.coarse(0.3) + 0.15 * c.coarse(0.12) + 0.12 * c.fine(8) + 0.08 * c.fine(3.5))
    if rng.random() < 0.65:
        fading = np.clip(1.3 - 0.9 * np.clip(c.depth, 0, 1) + 0.35 * c.coarse(0.25), 0.05, 1.6)
        detail = rng.uniform(0.25, 0.6) * c.network(rng.uniform(8, 12), 2.0) * fading
    else:
        detail = rng.uniform(0.3, 0.7) * c.spots(rng.integers(50, 110), (2.2 * c.unit, 4.5 * c.unit))
    lopsided = 1 + (0.45 if c.symmetry == 0 else 0.2) * c.tilt()
    blood = edge * rng.uniform(0.02, 0.40) * (1 + 0.3 * c.coarse(0.4))
    return Paint(melanin=edge * (body * lopsided + detail), blood=blood)


def paint_mel(c: Canvas) -> Paint:
    """A melanoma: several colours, atypical network, streaks at the border, blue-white veil, regression."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.08, 0.25))
    blotches = np.clip(c.coarse(0.55) * 0.8 + c.coarse(0.2) * 0.4 + rng.uniform(0.4, 1.0) * c.tilt(), -0.75, 2.0)
    body = rng.uniform(0.65, 1.15) * (1 + blotches) * (1 + 0.16 * c.fine(9) + 0.14 * c.fine(5) + 0.08 * c.fine(2.5))
    coarse_net = c.network(rng.uniform(11, 16), 2.8) * np.clip(0.3 + 0.6 * c.coarse(0.3), 0, 1.3)
    streaks = _streaks(c) * rng.uniform(0.2, 1.0)
    clods = c.spots(rng.integers(6, 22), (2.5 * c.unit, 6 * c.unit), (0.4, 1.05), 1.8)
    veil = np.clip(0.8 * c.coarse(0.6) + 0.5 * c.tilt() - rng.uniform(0.4, 1.1), 0, 1) * c.inside(0.5, -0.25)
    veil = veil * np.clip(0.8 + 0.3 * c.coarse(0.15) + 0.15 * c.fine(6), 0, 1)
    regression = c.spots(rng.integers(1, 3), (0.15 * c.radius, 0.32 * c.radius), (0.35, 0.9), 1.9)
    regression = bend(rng, regression, 0.3 * c.radius, 0.08 * c.radius) * edge * np.clip(0.5 + 0.35 * c.fine(9), 0, 1)
    melanin = edge * (np.maximum(body, 0.22) + 0.5 * coarse_net + 0.7 * clods)
    melanin = melanin * (1 - 0.7 * regression) * (1 - 0.3 * veil)
    blood = edge * rng.uniform(0.0, 0.25) * (1 + np.clip(c.coarse(0.4), 0, 2))
    glazes = [(SCAR, 0.3 * regression), (VEIL, rng.uniform(0.25, 0.50) * veil)]
    return Paint(melanin + streaks, blood, rng.uniform(0.5, 1.1) * veil, glazes)


def _streaks(c: Canvas) -> np.ndarray:
    """Radial strands that leave the border over part of the circumference."""
    count = c.rng.integers(24, 60)
    feet, tips = c.places(count, 0.82, 0.95), c.rng.uniform(0.12, 0.32, count)
    middle = (c.shape[0] - 1) / 2
    coverage = np.zeros(c.shape, np.uint8)
    for foot, tip in zip(feet, tips, strict=True):
        away = (foot - middle) / np.linalg.norm(foot - middle)
        steps = np.linspace(0, tip * c.radius, 6)[:, None]
        side = np.array([-away[1], away[0]]) * c.rng.normal(0, 0.12)
        stroke(coverage, foot + steps * (away + side), np.linspace(4.5, 1.0, 6) * c.unit)
    sector = np.clip(0.1 + 0.9 * c.coarse(0.9), 0, 1)
    return cv2.GaussianBlur(coverage, (0, 0), 1.2 * c.unit).astype(np.float32) / 255 * sector


def paint_bkl(c: Canvas) -> Paint:
    """A seborrhoeic keratosis: waxy, stuck on, milia-like cysts, comedo-like openings, fissures."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.04, 0.16))
    grey = rng.uniform(0.0, 0.5)
    patches = c.coarse(0.4) + 0.7 * c.coarse(0.16)
    body = rng.uniform(0.35, 0.85) * (1 + 0.28 * patches + 0.16 * c.fine(13) + 0.16 * c.fine(5))
    ridges = c.network(rng.uniform(15, 24), 2.6) * np.clip(0.3 + 0.6 * c.coarse(0.4), 0, 1.2) * rng.uniform(0.2, 1.0)
    rim = np.exp(-((c.depth / 0.12) ** 2)) * rng.uniform(0.0, 0.3) * np.clip(0.6 + 0.5 * c.coarse(0.4), 0, 1.5)
    openings = c.spots(rng.integers(2, 16), (1.8 * c.unit, 5 * c.unit), (0, 0.85), 1.6)
    cysts = c.spots(rng.integers(3, 22), (1.5 * c.unit, 4.0 * c.unit), (0, 0.85))
    melanin = edge * np.maximum(body + 0.5 * ridges + rim + 0.8 * openings, 0.1)
    wax = edge * np.clip(0.10 + 0.10 * c.fine(6) + 0.06 * c.coarse(0.3), 0, 0.4)
    glazes = [(CREAM, wax), (CREAM, rng.uniform(0.35, 0.65) * cysts * edge)]
    return Paint(melanin, edge * 0.06, edge * grey * body, glazes)


def paint_bcc(c: Canvas) -> Paint:
    """A basal cell carcinoma: translucent pink, arborising vessels, blue-grey ovoid nests, small ulcers."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.3, 0.6))
    blood = edge * rng.uniform(0.16, 0.34) * (1 + 0.40 * c.coarse(0.3) + 0.2 * c.fine(9))
    nests = c.spots(rng.integers(3, 9), (0.06 * c.radius, 0.17 * c.radius), (0.15, 0.95), 1.9)
    nests = bend(rng, nests, 0.15 * c.radius, 0.05 * c.radius) * np.clip(0.85 + 0.3 * c.fine(6), 0, 1.3)
    specks = c.spots(rng.integers(6, 30), (1.2 * c.unit, 2.6 * c.unit), (0.1, 1.0))
    vessels = _vessels(c, rng.integers(2, 6)) * np.clip(0.65 + 0.35 * c.coarse(0.4), 0.1, 1)
    shine = edge * np.clip(0.24 + 0.24 * c.coarse(0.25) + 0.10 * c.fine(5), 0, 0.6)
    ulcer = c.spots(1, (0.08 * c.radius, 0.2 * c.radius), (0, 0.7), 1.5) if rng.random() < 0.5 else 0 * edge
    ulcer = bend(rng, ulcer, 0.15 * c.radius, 0.04 * c.radius) * np.clip(0.6 + 0.5 * c.fine(6), 0, 1)
    melanin = edge * (0.10 + 0.12 * np.clip(c.coarse(0.3), 0, 2)) + 0.5 * nests + 0.5 * specks
    glazes = [(SHINE, shine * (1 - vessels)), (CRUST, 0.6 * ulcer)]
    return Paint(melanin, blood + rng.uniform(0.35, 0.7) * vessels, rng.uniform(0.35, 0.85) * nests, glazes)


def _vessels(c: Canvas, trunks: int | np.integer) -> np.ndarray:
    """Branching vessels that grow from the border inwards; 1 on a vessel."""
    coverage = np.zeros(c.shape, np.uint8)
    middle = (c.shape[0] - 1) / 2
    starts = c.places(trunks, 0.75, 1.1)
    growing = []
    for start in starts:
        inward = np.arctan2(*(middle - start)[::-1]) + c.rng.normal(0, 0.5)
        growing.append((start, inward, c.rng.uniform(1.8, 3.0) * c.unit, c.rng.uniform(0.6, 1.1) * c.radius))
    while growing:
        start, heading, width, length = growing.pop()
        steps = 14
        headings = heading + np.cumsum(c.rng.normal(0, 0.22, steps))
        moves = np.stack([np.cos(headings), np.sin(headings)], axis=1) * length / steps
        points = start + np.cumsum(moves, axis=0)
        stroke(coverage, points, np.linspace(width, 0.6 * width, steps))
        if width > 1.3 * c.unit:
            for turn in (-1, 1):
                at = int(c.rng.integers(3, steps))
                growing.append((points[at], headings[at] + turn * c.rng.uniform(0.4, 0.9), 0.62 * width, 0.6 * length))
    return cv2.GaussianBlur(coverage, (0, 0), 0.6 * c.unit).astype(np.float32) / 255


def paint_akiec(c: Canvas) -> Paint:
    """An actinic keratosis: red pseudo-network round pale follicles, brown specks, scale."""
    return _keratosis(c, scale=c.rng.uniform(0.15, 0.45), blood=c.rng.uniform(0.25, 0.5), crust=0.0)


def paint_scc(c: Canvas) -> Paint:
    """A squamous cell carcinoma: as an actinic keratosis, with masses of keratin and blood spots."""
    scale, blood = c.rng.uniform(0.35, 0.65), c.rng.uniform(0.35, 0.65)
    return _keratosis(c, scale, blood, crust=c.rng.uniform(0.4, 0.9))


def paint_unk(c: Canvas) -> Paint:
    """A scar: pale, pink and without pigment."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.2, 0.5))
    blood = edge * rng.uniform(0.2, 0.4) * np.clip(1 + 0.4 * c.coarse(0.3) + 0.2 * c.fine(8), 0, 2)
    strands = edge * np.clip(0.3 + 0.2 * c.coarse(0.25) + 0.15 * c.fine(5), 0, 0.7)
    return Paint(blood=blood, glazes=[(SCAR, strands)])


def _keratosis(c: Canvas, scale: float, blood: float, crust: float) -> Paint:
    rng = c.rng
    edge = c.inside(rng.uniform(0.35, 0.7))
    follicles = c.spots(rng.integers(25, 70), (2.5 * c.unit, 6.0 * c.unit), (0.0, 1.05))
    follicles = follicles * np.clip(0.6 + 0.4 * c.coarse(0.3), 0.05, 1)
    plugs = c.spots(rng.integers(3, 12), (1.2 * c.unit, 2.2 * c.unit), (0.0, 0.9))
    redness = edge * blood * np.clip(1 + 0.4 * c.coarse(0.3) + 0.25 * c.fine(10) + 0.14 * c.fine(4), 0, 2)
    speckle = np.clip(0.8 * c.fine(9) + 0.4 * c.fine(4) + 0.9 * c.coarse(0.35) - 0.6, 0, 2)
    flakes = bend(rng, c.fine(7) + 0.5 * c.fine(3) + 0.8 * c.coarse(0.25), 20 * c.unit, 4 * c.unit)
    flakes = np.clip((flakes - 0.6) / 1.6, 0, 1)
    bleeding = c.spots(rng.integers(3, 8), (2 * c.unit, 7 * c.unit), (0.0, 0.8), 1.8) * np.clip(0.5 + c.fine(5), 0, 1)
    melanin = edge * (0.12 + rng.uniform(0.15, 0.75) * speckle) * (1 - 0.8 * follicles)
    glazes = [(KERATIN, 0.22 * follicles * edge), (KERATIN, 0.35 * plugs), (SHINE, scale * flakes * edge)]
    if crust:
        mass = c.spots(rng.integers(1, 4), (0.15 * c.radius, 0.35 * c.radius), (0.0, 0.4), 1.5)
        mass = bend(rng, mass, 0.25 * c.radius, 0.08 * c.radius)
        mass = mass * np.clip(0.65 + 0.3 * c.fine(7) + 0.2 * c.fine(3), 0, 1)
        glazes += [(KERATIN, 0.7 * mass), (CRUST, crust * bleeding)]
    return Paint(melanin, redness * (1 - 0.5 * follicles), 0.0, glazes)


def paint_vasc(c: Canvas) -> Paint:
    """An angioma: red to purple lacunae between pale septa."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.07, 0.2))
    wall, number = cells(rng, c.shape, rng.uniform(0.22, 0.5) * c.radius)
    thickness = rng.uniform(0.03, 0.08) * c.radius
    walls = cv2.GaussianBlur(np.exp(-((wall / thickness) ** 2)), (0, 0), 0.03 * c.radius)
    lacunae = 1 - bend(rng, walls, 0.22 * c.radius, 0.08 * c.radius)
    filling = rng.uniform(0.7, 1.35, number.max() + 1).astype(np.float32)[number]
    filling = cv2.GaussianBlur(filling, (0, 0), 0.06 * c.radius)
    distinct = rng.uniform(0.1, 0.6)
    dark = np.clip(c.coarse(0.55) - rng.uniform(0.2, 1.8), 0, 1.2) * lacunae
    blood = edge * rng.uniform(0.65, 1.15) * (1 - distinct + distinct * lacunae * filling) * (1 + 0.15 * c.coarse(0.3))
    halo = np.exp(-((c.depth / 0.35) ** 2)) * rng.uniform(0.0, 0.2)
    septa = edge * (1 - lacunae) * rng.uniform(0.0, 0.3) * np.clip(0.6 + 0.4 * c.coarse(0.4), 0, 1)
    purple = edge * rng.uniform(0.0, 0.3)
    return Paint(edge * 0.8 * dark, blood + halo, purple + edge * 0.7 * dark, [(SHINE, septa)])


def paint_df(c: Canvas) -> Paint:
    """A dermatofibroma: a white, scar-like patch in a faint ring of fine network."""
    rng = c.rng
    edge = c.inside(rng.uniform(0.4, 0.7))
    middle = 1 / (1 + np.exp(-(c.depth - rng.uniform(0.42, 0.62) + 0.05 * c.coarse(0.25) + 0.04 * c.fine(12)) / 0.09))
    ring = edge * (1 - 0.85 * middle) * np.clip(0.85 + 0.2 * c.coarse(0.35) + 0.15 * c.fine(16), 0.1, 2)
    net = c.network(rng.uniform(7, 10), 1.8)
    melanin = ring * (rng.uniform(0.22, 0.6) + rng.uniform(0.15, 0.4) * net + 0.08 * c.fine(4))
    blood = edge * rng.uniform(0.08, 0.32) * (1 + 0.2 * c.coarse(0.3))
    strands = np.clip(0.60 + 0.2 * c.fine(7) + 0.25 * (1 - c.network(14, 2.5)), 0, 1)
    return Paint(melanin, blood, 0.0, [(SCAR, rng.uniform(0.4, 0.75) * middle * strands)])


PAINTERS: dict[str, Callable[[Canvas], Paint]] = {
    "nv": paint_nv,
    "mel": paint_mel,
    "bkl": paint_bkl,
    "bcc": paint_bcc,
    "akiec": paint_akiec,
    "vasc": paint_vasc,
    "df": paint_df,
    "scc": paint_scc,
    "unk": paint_unk,
}
