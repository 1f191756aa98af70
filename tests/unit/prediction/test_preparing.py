"""Preparation of new images, compared with the study's own hair removal and packing."""

import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest

from drawn_inputs import picture
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.writing import clean_image
from selcn.data.images import read_image
from selcn.data.packing import PackSettings, pack_image
from selcn.prediction.preparing import Preparation, UnusableImageError

HAIR, PACKING = BlackHatSettings(), PackSettings(48)
PREPARATION = Preparation(HAIR, PACKING)


@pytest.fixture
def photograph(tmp_path):
    image = cv2.GaussianBlur(picture(1, 120), (0, 0), 3)[:90]
    cv2.line(image, (5, 80), (110, 10), (20, 20, 20), 2)
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path


def test_equals_what_the_study_packs(photograph, tmp_path):
    sha256 = hashlib.sha256(photograph.read_bytes()).hexdigest()
    (row,) = pd.DataFrame({"image_id": ["a"], "path": [str(photograph)], "sha256": [sha256]}).itertuples()
    cleaned = clean_image(row, tmp_path, HAIR)
    prepared = PREPARATION.prepare(photograph)
    np.testing.assert_array_equal(
        prepared.packed, pack_image(read_image(tmp_path / cleaned["path"], cleaned["sha256"]), PACKING)
    )
    assert prepared.hair_share == cleaned["hair_share"] > 0
    assert prepared.sha256 == sha256


def test_path_content_and_pixels_are_the_same_image(photograph):
    by_path, by_content = PREPARATION.prepare(str(photograph)), PREPARATION.prepare(photograph.read_bytes())
    by_pixels = PREPARATION.prepare(by_path.image)
    np.testing.assert_array_equal(by_path.packed, by_content.packed)
    np.testing.assert_array_equal(by_path.packed, by_pixels.packed)
    assert by_path.sha256 == by_content.sha256 != by_pixels.sha256


def test_pixels_that_are_given_stay_as_they_are(photograph):
    pixels = PREPARATION.prepare(photograph).image
    before = pixels.copy()
    PREPARATION.prepare(pixels)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 a torn JPEG"])
def test_what_is_no_image_is_refused(content):
    with pytest.raises(UnusableImageError, match=f"{len(content)} bytes that are not an image"):
        PREPARATION.prepare(content)


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 1), (9, 9, 4), (0, 9, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(UnusableImageError, match=r"expected uint8 \(height, width, 3\)"):
        PREPARATION.prepare(np.zeros(shape, np.uint8))


def test_other_types_are_refused():
    with pytest.raises(UnusableImageError, match="an array of float32"):
        PREPARATION.prepare(np.zeros((9, 9, 3), np.float32))
