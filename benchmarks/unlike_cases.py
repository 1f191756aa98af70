"""Images that are no dermoscopy, and images that only resemble it, to measure the mark of unlike images on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import skimage.data
import sklearn.datasets

CROPS = 25
"""Crops of each photograph."""

CLOSE = 100
"""Images of each kind of close ones."""

ASPECT = 4 / 3
_SKIMAGE, _SKLEARN = Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images"
_MATPLOTLIB = Path(matplotlib.get_data_path()) / "sample_data"
PHOTOGRAPHS = {
    "colour photographs": (
        _SKIMAGE / "astronaut.png",
        _SKIMAGE / "chelsea.png",
        _SKLEARN / "china.jpg",
        _SKIMAGE / "coffee.png",
        _SKLEARN / "flower.jpg",
        _MATPLOTLIB / "grace_hopper.jpg",
        _SKIMAGE / "motorcycle_left.png",
        _SKIMAGE / "rocket.jpg",
    ),
    "grey photographs": tuple(
        _SKIMAGE / f"{name}.png"
        for name in ("brick", "camera", "clock_motion", "coins", "grass", "gravel", "moon", "page", "text")
    ),
    "microscope, telescope, fundus": tuple(
        _SKIMAGE / name for name in ("cell.png", "hubble_deep_field.jpg", "ihc.png", "retina.jpg")
    ),
}
"""Photographs that the study's packages ship, by group; the first, third, ... of each were used for choosing."""

Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray | None]


@dataclass(frozen=True)
class Case:
    """An image, uint8 (H, W, 3) RGB, what it was made from, and whether it was used for choosing the score."""

    group: str
    source: str
    choosing: bool
    image: np.ndarray


def photograph_crops() -> Iterator[Case]:
    """Yield crops of 4:3 of each photograph: the largest, and others of a third of its sides or more.

    Raises
    ------
    FileNotFoundError
        A photograph cannot be read.
    """
    for group, files in PHOTOGRAPHS.items():
        for number, file in enumerate(files):
            image = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
            if image is None:
                raise FileNotFoundError(f"{file}: not a readable photograph; install the locked packages")
            generator = np.random.default_rng([1, number])
            for share in [1.0, *generator.uniform(1 / 3, 1, CROPS - 1)]:
                yield Case(group, file.stem, number % 2 == 0, drawn_crop(image, share, generator))


def drawn_crop(image: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Return a crop of 4:3 of a share of the largest one's sides, at a random place."""
    rows, columns = image.shape[:2]
    height = int(share * min(rows, columns / ASPECT))
    width = int(height * ASPECT)
    top, left = generator.integers(rows - height + 1), generator.integers(columns - width + 1)
    return image[top : top + height, left : left + width]


def close_images(files: Iterable[tuple[str, Path, Path]]) -> Iterator[Case]:
    """Yield images that resemble dermoscopy, `CLOSE` of each kind; every second source was used for choosing.

    Parameters
    ----------
    files
        Id, image and lesion mask of dermoscopic images that no reference was fitted on, in a fixed order.
    """
    files = list(files)
    for group, change in CHANGES.items():
        made = [0, 0]
        for number, (image_id, image_file, mask_file) in enumerate(files):
            half = number % 2
            if made[half] == CLOSE // 2:
                continue
            image = cv2.imread(str(image_file), cv2.IMREAD_COLOR_RGB)
            lesion = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE) > 0
            changed = change(image, lesion, np.random.default_rng([2, number]))
            if changed is not None:
                made[half] += 1
                yield Case(group, image_id, half == 0, changed)


def skin_beside(image: np.ndarray, lesion: np.ndarray, generator: np.random.Generator) -> np.ndarray | None:
    """Return the largest crop of 4:3 beside the lesion, resized to the image's size; None below .4 of its sides."""
    rows, columns = lesion.shape
    lesion = cv2.dilate(lesion.astype(np.uint8), np.ones((rows // 25, rows // 25), np.uint8))
    counts = cv2.integral(lesion)
    for share in np.arange(0.9, 0.39, -0.05):
        height, width = int(share * rows), int(share * columns)
        across = counts[:, width:] - counts[:, :-width]
        places = np.argwhere(across[height:] == across[:-height])
        if len(places):
            top, left = places[generator.integers(len(places))]
            crop = image[top : top + height, left : left + width]
            return cv2.resize(crop, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return None


def blurred(image: np.ndarray, lesion: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return an image under a Gaussian blur of 5 % of its width."""
    return cv2.GaussianBlur(image, (0, 0), 0.05 * image.shape[1])


def inverted(image: np.ndarray, lesion: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return an image's negative."""
    return 255 - image


def zoomed_out(image: np.ndarray, lesion: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return an image at an eighth to a quarter of its sides, feathered, on uneven skin of its own colour."""
    rows, columns = lesion.shape
    scale = generator.uniform(1 / 8, 1 / 4)
    height, width = round(scale * rows), round(scale * columns)
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    ground = np.median(image[~lesion] if not lesion.all() else image, axis=0)
    for cells, strength in ((4, 12), (40, 5)):
        field = cv2.resize(generator.normal(size=(cells, cells)), (columns, rows), interpolation=cv2.INTER_CUBIC)
        ground = ground + strength * field[..., None]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = np.clip(4 * (1 - np.hypot(x, y)), 0, 1)[..., None]
    top, left = generator.integers(rows - height + 1), generator.integers(columns - width + 1)
    part = ground[top : top + height, left : left + width]
    ground[top : top + height, left : left + width] = weight * small + (1 - weight) * part
    return np.clip(ground, 0, 255).astype(np.uint8)


CHANGES: dict[str, Change] = {
    "skin beside the lesion": skin_beside,
    "heavy blur": blurred,
    "inverted": inverted,
    "clinical zoom": zoomed_out,
}
