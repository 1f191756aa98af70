"""Hair removal on the demo's images, whose clean image and true hair are known."""

import numpy as np
import pytest

from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.removal import remove_hair
from selcn.demo.image import draw_image

VIEWS = [(diagnosis, view) for diagnosis in ("nv", "mel", "df") for view in range(8)]


def psnr(image: np.ndarray, clean: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB."""
    return float(10 * np.log10(255**2 / np.mean((image.astype(float) - clean.astype(float)) ** 2)))


@pytest.fixture(scope="module")
def images():
    return [draw_image(7, f"lesion_{diagnosis}", view, diagnosis, 1, 200, 150) for diagnosis, view in VIEWS]


def test_the_true_hair_is_nearer_to_the_clean_image_afterwards(images):
    hairy = [one for one in images if one.hair_colour == "dark"]
    assert len(hairy) >= 5
    for one in hairy:
        cleaned, _ = remove_hair(one.image, BlackHatSettings())
        inside = one.hair > 0
        assert psnr(cleaned[inside], one.clean[inside]) > psnr(one.image[inside], one.clean[inside]) + 4


def test_images_without_hair_are_left_almost_as_they_were(images):
    free = [one for one in images if not one.hair_colour]
    assert len(free) >= 5
    for one in free:
        cleaned, found = remove_hair(one.image, BlackHatSettings())
        assert found.mean() < 0.06
        assert np.abs(cleaned.astype(float) - one.image).mean() < 1.5
