"""Hair as lines, on hand-made images: lines are found, dark and light; meshes, edges and dots are not."""

import cv2
import numpy as np
import pytest

from selcn.data.hair.lines import LineSettings, hair_mask, line_contrasts
from selcn.data.hair.removal import METHODS, remove_hair

SKIN, DARK, LIGHT = 150, 110, 190


def skin(height: int = 450, seed: int = 0) -> np.ndarray:
    """Even skin with a little noise, uint8 (height, 4/3 height, 3)."""
    noise = np.random.default_rng(seed).normal(0, 2, (height, height * 4 // 3, 1))
    return np.repeat(np.clip(SKIN + noise, 0, 255), 3, axis=2).round().astype(np.uint8)


def lined(
    image: np.ndarray, ends: list[tuple[float, float]], grey: int, width: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a line through points given as shares of width and height; return the image and the line's pixels."""
    height, wide = image.shape[:2]
    mask = np.zeros((height, wide), np.uint8)
    points = np.array([(x * wide, y * height) for x, y in ends]).round().astype(np.int32)
    cv2.polylines(mask, [points], False, 1, width)
    out = image.copy()
    out[mask > 0] = grey
    return out, mask > 0


def mesh(image: np.ndarray, spacing: int, grey: int, seed: int = 0) -> np.ndarray:
    """Draw a net of irregular cells, its lines as wide and dark as hair: a pigment network."""
    rng = np.random.default_rng(seed)
    apart = np.ones(image.shape[:2], np.uint8)
    for row, y in enumerate(range(5, image.shape[0] - 5, spacing)):
        for x in range(5 + (row % 2) * spacing // 2, image.shape[1] - 5, spacing):
            down, right = rng.uniform(-spacing / 4, spacing / 4, 2)
            apart[round(y + down), round(x + right)] = 0
    _, cells = cv2.distanceTransformWithLabels(apart, cv2.DIST_L2, 5)
    cells = cells.astype(np.float32)
    lines = cv2.morphologyEx(cells, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    out = image.copy()
    out[lines] = grey
    return out


@pytest.mark.parametrize("grey", [DARK, LIGHT])
@pytest.mark.parametrize("end", [(0.9, 0.5), (0.7, 0.9), (0.3, 0.95), (0.1, 0.85)])
def test_a_straight_hair_is_found_in_every_direction_dark_or_light(grey, end):
    image, line = lined(skin(), [(0.3, 0.2), end], grey)
    mask = hair_mask(image, LineSettings())
    assert mask[line].mean() > 0.95
    beside = cv2.dilate(line.astype(np.uint8), np.ones((25, 25))) > 0
    assert not mask[~beside].any()
    assert mask.sum() < 1.2 * line.sum()


def test_a_curved_hair_is_found():
    t = np.linspace(0, np.pi, 40)
    image, line = lined(skin(), list(zip(0.5 + 0.3 * np.cos(t), 0.7 - 0.5 * np.sin(t), strict=True)), DARK)
    assert hair_mask(image, LineSettings())[line].mean() > 0.95


@pytest.mark.parametrize("spacing", [10, 13, 16])
def test_a_network_of_the_same_contrast_is_left_and_a_hair_over_it_found(spacing):
    grey = SKIN - 30
    network = mesh(skin(), spacing, grey)
    lines = (network != skin()).any(axis=2)
    assert lines.mean() > 0.1
    assert hair_mask(network, LineSettings())[lines].mean() < 0.02
    for under, hair in ((skin(), grey), (network, 40)):
        image, line = lined(under, [(0.1, 0.1), (0.9, 0.8)], hair)
        assert hair_mask(image, LineSettings())[line].mean() > 0.9


def test_edges_dots_and_short_marks_are_no_hair():
    image = skin()
    cv2.circle(image, (300, 225), 120, (70,) * 3, -1)
    for x in range(40, 600, 60):
        cv2.circle(image, (x, 40), 3, (20,) * 3, -1)
        cv2.line(image, (x, 400), (x + 12, 400), (20,) * 3, 2)
    assert hair_mask(image, LineSettings()).mean() < 0.001


def test_the_skin_between_two_hairs_is_not_taken_for_light_hair():
    image, line = lined(skin(), [(0.1, 0.4), (0.9, 0.4)], DARK)
    image, other = lined(image, [(0.1, 0.43), (0.9, 0.43)], DARK)
    mask = hair_mask(image, LineSettings())
    between = np.zeros_like(mask)
    between[185:189, 100:500] = True
    assert mask[line | other].mean() > 0.95
    assert mask[between].mean() < 0.05


def test_a_hair_fainter_than_the_least_contrast_is_left():
    image, line = lined(skin(), [(0.1, 0.2), (0.9, 0.8)], SKIN - 30)
    assert hair_mask(image, LineSettings(contrast=12))[line].mean() > 0.9
    assert not hair_mask(image, LineSettings(contrast=45)).any()


def test_a_hair_shorter_than_the_least_extent_is_left():
    image, line = lined(skin(), [(0.4, 0.5), (0.6, 0.5)], DARK)
    assert hair_mask(image, LineSettings(extent=45))[line].mean() > 0.9
    assert not hair_mask(image, LineSettings(extent=220)).any()


@pytest.mark.parametrize(("height", "width"), [(150, 1), (450, 3), (900, 6)])
def test_lengths_scale_with_the_height(height, width):
    image, line = lined(skin(height), [(0.1, 0.3), (0.9, 0.6)], DARK, width)
    assert hair_mask(image, LineSettings())[line].mean() > 0.9
    # 0.12 of the width is 72 pixels of 600, more than the least extent.
    middle, line = lined(skin(height), [(0.4, 0.5), (0.52, 0.5)], DARK, width)
    assert hair_mask(middle, LineSettings())[line].mean() > 0.7
    # 0.03 of the width is 18 pixels of 600, less.
    short, _ = lined(skin(height), [(0.4, 0.5), (0.43, 0.5)], DARK, width)
    assert not hair_mask(short, LineSettings()).any()


@pytest.mark.parametrize("shape", [(450, 600, 3), (32, 32, 3), (10, 200, 3)])
def test_an_even_image_has_no_hair(shape):
    for grey in (0, 128, 255):
        image = np.full(shape, grey, np.uint8)
        clean, mask = remove_hair(image, LineSettings())
        assert mask.shape == shape[:2]
        assert not mask.any()
        np.testing.assert_array_equal(clean, image)


def test_contrast_is_that_to_the_nearer_side_averaged_along_the_line():
    grey = np.full((225, 300), 100, np.uint8)
    grey[:112] = 120  # an edge: one side of the line is 20 lighter, the other the line's own grey
    grey[112:114] = 90
    first = next(iter(line_contrasts(grey, LineSettings())))
    assert first[112, 150] == 10
    assert first[116, 150] == 0
    assert first[60, 150] == 0


def test_both_methods_inpaint_by_the_same_radius():
    image, _ = lined(skin(), [(0.1, 0.3), (0.9, 0.6)], DARK)
    for settings in (METHODS["blackhat"](radius=2), METHODS["lines"](radius=2)):
        clean, mask = remove_hair(image, settings)
        expected = cv2.inpaint(image, mask.astype(np.uint8), 2, cv2.INPAINT_TELEA)
        np.testing.assert_array_equal(clean, expected)
        np.testing.assert_array_equal(clean[~mask], image[~mask])
