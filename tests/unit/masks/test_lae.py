"""The LAE box: hand-computed boxes, and a flipped mask has the flipped box."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.measure import label

from selcn.masks.lae import BLACK, box_mask, lae_box, largest_component


def mask_with(*boxes, shape=(100, 100)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize(
    ("lesion", "expected"),
    [
        # 20 wide gains 8, 4 a side; 10 high gains 4, 2 a side.
        pytest.param((40, 50, 60, 60), (36, 48, 64, 62), id="centre"),
        # 7 wide gains 2.8, 1.4 a side, rounded to 1; 8 high gains 3.2, 1.6 a side, rounded to 2.
        pytest.param((40, 50, 47, 58), (39, 48, 48, 60), id="rounding"),
        # 20 gains 4 a side; what leaves the image is cut, and nothing is added on the other side.
        pytest.param((0, 0, 20, 20), (0, 0, 24, 24), id="top left corner"),
        pytest.param((80, 80, 100, 100), (76, 76, 100, 100), id="bottom right corner"),
        pytest.param((3, 40, 23, 60), (0, 36, 27, 64), id="near the left edge"),
        pytest.param((77, 40, 97, 60), (73, 36, 100, 64), id="near the right edge"),
        pytest.param((5, 5, 95, 95), (0, 0, 100, 100), id="clipped on every side"),
        # A gain of 0.2 a side is less than half a pixel.
        pytest.param((50, 50, 51, 51), (50, 50, 51, 51), id="one pixel"),
    ],
)
def test_box_of_a_rectangle_is_the_hand_computed_one(lesion, expected):
    assert lae_box(mask_with(lesion)) == (expected, True)


def test_boxes_at_opposite_edges_are_of_equal_size():
    x0, y0, x1, y1 = lae_box(mask_with((0, 0, 30, 20)))[0]
    u0, v0, u1, v1 = lae_box(mask_with((70, 80, 100, 100)))[0]
    assert (x1 - x0, y1 - y0) == (u1 - u0, v1 - v0) == (36, 24)


def test_factor_scales_width_and_height_on_an_oblong_image():
    assert lae_box(mask_with((40, 20, 60, 30), shape=(50, 120)), factor=2) == ((30, 15, 70, 35), True)


def test_no_lesion_gives_the_whole_image_and_says_so():
    assert lae_box(np.zeros((30, 50), bool)) == ((0, 0, 50, 30), False)


def test_no_lesion_gives_no_pixel_where_such_images_are_to_be_black():
    assert lae_box(np.zeros((30, 50), bool), empty_masks=BLACK) == ((0, 0, 0, 0), False)
    lesion = mask_with((40, 50, 60, 60))
    assert lae_box(lesion, empty_masks=BLACK) == lae_box(lesion)
    with pytest.raises(ValueError, match="empty_masks is 'grey'; expected whole_image or black"):
        lae_box(lesion, empty_masks="grey")


def test_a_lesion_over_the_whole_image_is_found():
    assert lae_box(np.ones((30, 50), bool)) == ((0, 0, 50, 30), True)


def test_only_the_largest_of_two_components_counts():
    assert lae_box(mask_with((2, 2, 6, 6), (40, 40, 60, 60)))[0] == (36, 36, 64, 64)
    assert lae_box(mask_with((90, 90, 94, 94), (40, 40, 60, 60)))[0] == (36, 36, 64, 64)


def test_pixels_that_touch_at_a_corner_are_one_component():
    diagonal = np.eye(10, dtype=bool)
    np.testing.assert_array_equal(largest_component(diagonal), diagonal)


def test_of_two_equal_components_the_topmost_then_leftmost_is_kept():
    kept = largest_component(mask_with((60, 10, 65, 15), (10, 10, 15, 15), (0, 40, 5, 45)))
    np.testing.assert_array_equal(kept, mask_with((10, 10, 15, 15)))


def test_integer_masks_are_read_as_booleans():
    mask = mask_with((40, 50, 60, 60))
    assert lae_box(mask.astype(np.uint8)) == lae_box(mask)


def test_a_shrinking_factor_is_refused():
    with pytest.raises(ValueError, match="expected at least 1"):
        lae_box(np.ones((4, 4), bool), factor=0.5)


masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24))


def component_areas(mask: np.ndarray) -> np.ndarray:
    """scikit-image's areas, largest first."""
    return np.sort(np.bincount(label(mask, connectivity=2).ravel())[1:])[::-1]


@given(masks)
def test_largest_component_has_the_largest_area_that_scikit_image_finds(mask):
    kept = largest_component(mask)
    assert not (kept & ~mask).any()
    if mask.any():
        assert component_areas(kept).tolist() == [component_areas(mask)[0]]


@given(masks, st.floats(1, 3))
def test_flipping_the_mask_flips_the_box(mask, factor):
    areas = component_areas(mask)
    assume(len(areas) < 2 or areas[0] > areas[1])
    height, width = mask.shape
    (x0, y0, x1, y1), found = lae_box(mask, factor)
    assert lae_box(mask[:, ::-1], factor) == ((width - x1, y0, width - x0, y1), found)
    assert lae_box(mask[::-1], factor) == ((x0, height - y1, x1, height - y0), found)
    assert lae_box(mask.T, factor) == ((y0, x0, y1, x1), found)


@given(masks)
def test_the_box_holds_its_component_and_stays_in_the_image(mask):
    (x0, y0, x1, y1), _ = lae_box(mask)
    assert 0 <= x0 < x1 <= mask.shape[1]
    assert 0 <= y0 < y1 <= mask.shape[0]
    assert largest_component(mask)[y0:y1, x0:x1].sum() == largest_component(mask).sum()


def test_box_mask_is_one_inside_the_half_open_box_only():
    mask = box_mask((1, 2, 4, 3), 5)
    assert mask.dtype == np.uint8
    expected = [[0] * 5, [0] * 5, [0, 1, 1, 1, 0], [0] * 5, [0] * 5]
    assert mask.tolist() == expected
