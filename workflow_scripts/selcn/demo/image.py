"""One synthetic image: a lesion on skin, sometimes under hair, seen through a dermatoscope."""

from dataclasses import dataclass

import cv2
import numpy as np

from selcn.demo.hair import DARK, LIGHT, draw_hair, lay_hair
from selcn.demo.lesions import Lesion, draw_lesion, lay_on, pose
from selcn.demo.noise import generator
from selcn.demo.scene import choose_tone, draw_glass, draw_skin, light_on

# The rendering is this many times finer than the image, which smooths its edges.
FINENESS = 1.5
HAIRY_SHARE = 0.4
LIGHT_HAIR_SHARE = 0.12
LEAST_COVERAGE = 0.12
# Hair in the dark corners is invisible, so it is not part of the ground truth.
LEAST_LIGHT = 0.25
SENSOR_NOISE = 0.008


@dataclass(frozen=True)
class SyntheticImage:
    """A synthetic image and its ground truth.

    Attributes
    ----------
    image, clean
        uint8 RGB, shape (H, W, 3), with and without hair; the same if there is none.
    mask, hair
        uint8 0/255, shape (H, W): the lesion, the hair.
    hair_colour
        "dark", "light", or "" without hair.
    """

    image: np.ndarray
    clean: np.ndarray
    mask: np.ndarray
    hair: np.ndarray
    hair_colour: str


def draw_image(
    seed: int, lesion_name: str, view: int, diagnosis: str, symmetry: int, width: int, height: int
) -> SyntheticImage:
    """Draw one view of one lesion; the image depends only on these arguments.

    Parameters
    ----------
    lesion_name
        Name of the lesion and its patient; all its views show the same lesion and the same skin.
    view
        Number of the view: pose, light, hair and glass differ between views.
    width, height
        Size of the image in pixels.
    """
    wide, high = round(FINENESS * width), round(FINENESS * height)
    rng = generator(seed, lesion_name, "view", view)
    tone = choose_tone(generator(seed, lesion_name, "tone"))
    lesion: Lesion = draw_lesion(generator(seed, lesion_name, "lesion"), diagnosis, symmetry, high)
    bare, mask = lay_on(draw_skin(rng, tone, wide, high), lesion, pose(rng, lesion, wide, high))
    light = light_on(rng, wide, high)
    passing, added = draw_glass(rng, wide, high)
    noise = rng.normal(0, SENSOR_NOISE, (height, width, 3)).astype(np.float32)
    blur = rng.uniform(0.4, 1.1) * high / 300

    def expose(picture: np.ndarray) -> np.ndarray:
        seen = picture * light * passing + added[..., None]
        seen = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), blur)
        seen = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA) + noise
        return np.round(np.clip(seen, 0, 1) * 255).astype(np.uint8)

    small_mask = (_shrink(mask.astype(np.float32), width, height) >= 0.5).astype(np.uint8) * 255
    clean = expose(bare)
    if rng.random() >= HAIRY_SHARE:
        return SyntheticImage(clean, clean, small_mask, np.zeros_like(small_mask), "")
    count = int(rng.integers(2, 8) if rng.random() < 0.7 else rng.integers(8, 24))
    coverage, shadow = draw_hair(rng, wide, high, count)
    kind = "light" if rng.random() < LIGHT_HAIR_SHARE else "dark"
    colours = LIGHT if kind == "light" else DARK
    haired = lay_hair(bare, coverage, shadow, colours[rng.integers(len(colours))], rng.uniform(0.6, 0.92))
    lit = _shrink(passing.min(axis=2), width, height) > LEAST_LIGHT
    hair = ((_shrink(coverage, width, height) > LEAST_COVERAGE) & lit).astype(np.uint8) * 255
    return SyntheticImage(expose(haired), clean, small_mask, hair, kind)


def _shrink(field: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(field, (width, height), interpolation=cv2.INTER_AREA)
