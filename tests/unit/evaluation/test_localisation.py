"""Localisation against regions counted by hand and a literal dilation."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selcn.evaluation.localisation import LocalisationSettings, dilated, localise, localise_all, summarise

PLAIN = LocalisationSettings(dilations=0)


def literal_dilation(mask, reach):
    height, width = mask.shape
    grown = np.zeros_like(mask)
    for y in range(height):
        for x in range(width):
            for v in range(max(0, y - reach), min(height, y + reach + 1)):
                for u in range(max(0, x - reach), min(width, x + reach + 1)):
                    grown[y, x] |= mask[v, u]
    return grown


@pytest.mark.parametrize(
    ("height", "width", "reach"),
    [(20, 20, 0), (20, 40, 1), (40, 20, 0), (30, 60, 1), (25, 79, 1), (30, 80, 2), (21, 128, 3)],
)
def test_dilation_is_twice_a_centred_kernel_of_a_twentieth_of_the_width(height, width, reach):
    mask = np.random.default_rng(0).random((height, width)) < 0.01
    assert mask.any()
    np.testing.assert_array_equal(dilated(mask), literal_dilation(literal_dilation(mask, reach), reach))


def test_dilation_takes_its_settings():
    mask = np.zeros((31, 20), bool)
    mask[15, 10] = True
    grown = dilated(mask, LocalisationSettings(dilation_share=0.25, dilations=3))  # kernel of 5, reach of 2, thrice
    expected = np.zeros_like(mask)
    expected[9:22, 4:17] = True
    np.testing.assert_array_equal(grown, expected)
    np.testing.assert_array_equal(dilated(mask, PLAIN), mask)
    assert grown.dtype == bool


def test_localise_by_hand():
    cam = np.array([[0.0, 0.55, 1.0], [0.5, 0.7, 0.2], [0.0, 0.0, 0.0]], np.float16)
    mask = np.array([[0, 1, 0], [1, 1, 0], [1, 0, 0]], np.uint8)
    # Above 0.5: 0.55, 1.0, 0.7 (0.5 itself is not). In common: 0.55 and 0.7. In either: 3 + 4 - 2.
    assert localise(cam, mask, PLAIN) == {
        "iou": 2 / 5,
        "overlap": 2 / 3,
        "hit": False,
        "hit_undilated": False,
        "empty_cam": False,
        "empty_mask": False,
    }


def test_iou_and_hit_are_of_the_dilated_region():
    mask = np.zeros((40, 40), bool)
    mask[10:20, 10:20] = True  # dilated twice by 3 pixels a side: 8..21
    cam = np.zeros((40, 40), np.float32)
    cam[8:22, 8:22] = 0.75
    cam[8, 8] = 1.0
    result = localise(cam, mask)
    assert result["iou"] == result["overlap"] == 1
    assert result["hit"]
    assert not result["hit_undilated"]
    cam[8, 8], cam[0, 0] = 0.75, 1.0
    result = localise(cam, mask)
    assert result["iou"] == pytest.approx(196 / 197)
    assert result["overlap"] == pytest.approx(196 / 197)
    assert not result["hit"]
    cam[19, 19], cam[0, 0] = 1.0, 0.0
    assert localise(cam, mask)["hit_undilated"]


def test_threshold_is_a_setting():
    cam, mask = np.array([[0.3, 0.5], [0.8, 1.0]], np.float32), np.array([[0, 0], [1, 1]], bool)
    for threshold, iou in ((0.2, 2 / 4), (0.4, 2 / 3), (0.5, 2 / 2), (0.9, 1 / 2)):
        assert localise(cam, mask, LocalisationSettings(threshold=threshold, dilations=0))["iou"] == iou


def literal_upsampling(cam, height, width):
    full = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            v = min(max((y + 0.5) * cam.shape[0] / height - 0.5, 0), cam.shape[0] - 1)
            u = min(max((x + 0.5) * cam.shape[1] / width - 0.5, 0), cam.shape[1] - 1)
            top, left = int(v), int(u)
            bottom, right = min(top + 1, cam.shape[0] - 1), min(left + 1, cam.shape[1] - 1)
            upper = cam[top, left] * (1 - (u - left)) + cam[top, right] * (u - left)
            lower = cam[bottom, left] * (1 - (u - left)) + cam[bottom, right] * (u - left)
            full[y, x] = upper * (1 - (v - top)) + lower * (v - top)
    return full


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("choice", [LocalisationSettings(), LocalisationSettings(0.3, 0.15, 1)])
def test_localise_equals_literal_loops(seed, choice):
    rng = np.random.default_rng(seed)
    cam, mask = rng.random((3, 4)), np.zeros((24, 40), bool)
    y, x = rng.integers(0, 20), rng.integers(0, 36)
    mask[y : y + 4, x : x + 4] = True
    full = literal_upsampling(cam, 24, 40)
    region = mask
    for _ in range(choice.dilations):
        region = literal_dilation(region, int(choice.dilation_share * 40 / 2))
    pairs = list(zip((full > choice.threshold).ravel(), region.ravel(), strict=True))
    points, both, either = (
        sum(map(bool, kind)) for kind in zip(*((a, a and r, a or r) for a, r in pairs), strict=True)
    )
    result = localise(cam, mask, choice)
    assert result["iou"] == both / either
    assert result["overlap"] == both / points
    peak = np.unravel_index(full.argmax(), full.shape)
    assert result["hit"] == region[peak]
    assert result["hit_undilated"] == mask[peak]


def test_cam_is_upsampled_bilinearly_with_aligned_pixel_centres():
    cam = np.array([[0.0, 1.0]], np.float32)
    # Eight columns: activations 0, 0, 1/8, 3/8, 5/8, 7/8, 1, 1; so the right half is active.
    mask = np.zeros((2, 8), bool)
    mask[:, 5:] = True
    assert localise(cam, mask, PLAIN)["iou"] == 6 / 8
    assert localise(cam, mask, LocalisationSettings(threshold=0.8, dilations=0))["iou"] == 1
    assert localise(cam, mask, LocalisationSettings(threshold=0.3, dilations=0))["iou"] == 6 / 10


def test_any_of_equally_high_pixels_hits():
    cam, mask = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), np.array([[0, 0], [0, 1]], bool)
    assert localise(cam, mask, PLAIN)["hit"]
    assert localise(cam, mask[::-1, ::-1], PLAIN)["hit"]


def test_an_empty_cam_is_a_miss_without_overlap():
    result = localise(np.zeros((4, 4), np.float16), np.ones((8, 8), bool))
    assert math.isnan(result.pop("overlap"))
    assert result == {"iou": 0, "hit": False, "hit_undilated": False, "empty_cam": True, "empty_mask": False}


@pytest.mark.parametrize("height", [0, 1])
def test_an_empty_mask_has_no_figures(height):
    result = localise(np.full((4, 4), height, np.float32), np.zeros((8, 8), bool))
    assert math.isnan(result.pop("iou"))
    assert math.isnan(result.pop("overlap"))
    assert result == {"hit": False, "hit_undilated": False, "empty_cam": height == 0, "empty_mask": True}


@settings(max_examples=100)
@given(seed=st.integers(0, 2**31), axis=st.sampled_from([0, 1, (0, 1)]), share=st.floats(0, 0.3))
def test_flipping_cam_and_mask_together_changes_nothing(seed, axis, share):
    rng = np.random.default_rng(seed)
    # Sixteenths on a grid upsampled by 8 are interpolated without rounding, so that ties stay ties.
    cam, mask = (rng.integers(0, 17, (4, 4)) / 16).astype(np.float16), rng.random((32, 32)) < rng.random() * 0.2
    choice = LocalisationSettings(dilation_share=share)
    flipped = localise(np.flip(cam, axis), np.flip(mask, axis), choice)
    np.testing.assert_equal(flipped, localise(cam, mask, choice))
    turned = localise(np.rot90(cam), np.rot90(mask), choice)
    np.testing.assert_equal(turned, localise(cam, mask, choice))


@settings(max_examples=100)
@given(seed=st.integers(0, 2**31))
def test_figures_stay_in_their_ranges(seed):
    rng = np.random.default_rng(seed)
    result = localise(rng.random((3, 5)), rng.random((24, 40)) < rng.random())
    assert result["empty_mask"] or 0 <= result["iou"] <= 1
    assert math.isnan(result["overlap"]) or result["iou"] <= result["overlap"] <= 1
    assert result["hit"] or not result["hit_undilated"]


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_a_cam_outside_its_range_is_refused_by_name(value):
    cams, masks = np.zeros((2, 2, 2), np.float32), np.ones((2, 4, 4), bool)
    cams[1, 0, 0] = value
    with pytest.raises(ValueError, match=r"ISIC_2: .*expected 0\.\.1"):
        localise_all(cams, masks, ["ISIC_1", "ISIC_2"])


def example_table():
    """Four images: a perfect CAM, half a miss, an empty CAM, an empty mask."""
    mask = np.array([[1, 1], [0, 0]], np.uint8)
    cams = np.array([[[1, 1], [0, 0]], [[0.75, 0], [1, 0]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]], np.float16)
    return localise_all(cams, np.stack([mask, mask, mask, 0 * mask]), ["d", "c", "b", "a"], PLAIN)


def test_table_has_a_row_an_image_in_the_given_order():
    table = example_table()
    columns = ["image_id", "iou", "overlap", "hit", "hit_undilated", "empty_cam", "empty_mask"]
    assert list(table.columns) == columns
    assert list(table["image_id"]) == ["d", "c", "b", "a"]
    np.testing.assert_array_equal(table["iou"], [1, 1 / 3, 0, np.nan])
    np.testing.assert_array_equal(table["overlap"], [1, 1 / 2, np.nan, np.nan])
    assert all(table[name].dtype == bool for name in columns[3:])


def test_settings_reach_every_image():
    cams, masks = np.array([[[0.4, 1.0]]], np.float32), np.array([[[1, 1]]], bool)
    for threshold, iou in ((0.3, 1.0), (0.5, 0.5)):
        assert localise_all(cams, masks, ["a"], LocalisationSettings(threshold=threshold))["iou"].item() == iou


def test_summary_leaves_empty_masks_out_and_counts_them():
    ious = [1, 1 / 3, 0]
    assert summarise(example_table()) == pytest.approx(
        {
            "iou_mean": sum(ious) / 3,
            "iou_sd": (sum((x - 4 / 9) ** 2 for x in ious) / 3) ** 0.5,
            "overlap_mean": 0.75,
            "overlap_sd": 0.25,
            "pointing_game": 1 / 3,
            "pointing_game_undilated": 1 / 3,
            "images": 3,
            "empty_cams": 1,
            "empty_masks": 1,
        }
    )


def test_summary_tells_the_two_pointing_games_apart():
    table = example_table()
    table["hit_undilated"] = False
    assert summarise(table)["pointing_game"] == pytest.approx(1 / 3)
    assert summarise(table)["pointing_game_undilated"] == 0


@pytest.mark.parametrize("rows", [0, 1])
def test_summary_of_nothing_is_undefined(rows):
    table = example_table()[3 : 3 + rows]
    if not rows:
        table = localise_all(np.zeros((0, 2, 2)), np.zeros((0, 4, 4)), [])
    summary = summarise(table)
    assert (summary["images"], summary["empty_cams"], summary["empty_masks"]) == (0, 0, rows)
    assert all(math.isnan(value) for name, value in summary.items() if name.endswith(("mean", "sd", "undilated")))


def test_summary_of_overlaps_that_are_all_undefined_is_undefined():
    table = localise_all(np.zeros((2, 2, 2)), np.ones((2, 4, 4)), ["a", "b"])
    summary = summarise(table)
    assert math.isnan(summary["overlap_mean"])
    assert summary["iou_mean"] == summary["pointing_game"] == 0


def test_mapped_masks_are_read(tmp_path):
    masks = np.random.default_rng(0).integers(0, 2, (3, 16, 16), np.uint8)
    np.save(tmp_path / "masks.npy", masks)
    cams = np.random.default_rng(1).random((3, 4, 4)).astype(np.float16)
    mapped = localise_all(cams, np.load(tmp_path / "masks.npy", mmap_mode="r"), list("abc"))
    pd.testing.assert_frame_equal(mapped, localise_all(cams, masks, list("abc")))


def test_different_numbers_of_cams_and_masks_are_refused():
    with pytest.raises(ValueError, match="2 CAMs, 1 masks and 2 image ids"):
        localise_all(np.zeros((2, 2, 2)), np.zeros((1, 4, 4)), ["a", "b"])
