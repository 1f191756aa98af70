"""Outlines filled again, CAMs decoded again, and thumbnails: what the browser gets is what was stored."""

import base64
import re

import cv2
import numpy as np
import pandas as pd
import pytest

from photographs import skin
from selcn.data.packing import FITS, PackSettings, pack_image
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.report.viewer_data.cams import ChosenCams
from selcn.report.viewer_data.outlines import FRAME, outline_of
from selcn.report.viewer_data.thumbnails import MOST_BYTES, thumbnail_of
from selcn.storage.cam_table import write_cams

CELL = TrainedNetwork("lesion", "ham10000", "cls-none_sym-off", ALL_FOLDS, 42)


def filled(path: str, side: int, finer: int = 8) -> np.ndarray:
    """Fill SVG path data by the even-odd rule on a finer grid; return the pixels that are at least half covered."""
    polygons = [np.array(points.split(), float).reshape(-1, 2) for points in re.findall(r"M([^MZ]+)Z", path)]
    fine = np.zeros((side * finer,) * 2, np.uint8)
    corners = [np.rint((points / FRAME * side * finer - 0.5) * 256).astype(np.int32) for points in polygons]
    cv2.fillPoly(fine, corners, 1, shift=8)
    return cv2.resize(fine.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA) >= 0.5


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return (first & second).sum() / (first | second).sum()


def blob(seed: int, side: int) -> np.ndarray:
    """Return a blotchy mask of one or several parts, bool (side, side)."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(side, side)), (0, 0), side / 16)
    return noise > 0.01


@pytest.mark.parametrize("side", [64, 256])
@pytest.mark.parametrize("seed", range(4))
def test_an_outline_encloses_its_mask(seed, side):
    mask = blob(seed, side)
    assert iou(filled(outline_of(mask), side), mask) > 0.95


@pytest.mark.parametrize("radius", [3, 6, 20])
def test_the_outline_of_a_small_lesion_encloses_it(radius):
    mask = cv2.circle(np.zeros((64, 64), np.uint8), (40, 30), radius, 1, -1)
    assert iou(filled(outline_of(mask), 64), mask > 0) > 0.95


def test_a_hole_stays_a_hole():
    mask = cv2.circle(np.zeros((64, 64), np.uint8), (32, 32), 25, 1, -1)
    cv2.circle(mask, (32, 32), 12, 0, -1)
    path = outline_of(mask)
    assert path.count("M") == 2
    assert iou(filled(path, 64), mask > 0) > 0.95


def test_outlines_at_the_edge_of_the_image_and_of_nothing():
    assert outline_of(np.zeros((64, 64), bool)) == ""
    whole = outline_of(np.ones((64, 64), bool))
    assert iou(filled(whole, 64), np.ones((64, 64), bool)) == 1
    assert max(map(int, re.findall(r"\d+", whole))) <= FRAME


def test_cams_are_decoded_within_a_level_of_grey(tmp_path):
    rng = np.random.default_rng(0)
    ids = ["a", "a", "a", "b", "c"]
    frame = pd.DataFrame(
        {
            "image_id": ids,
            "variant": ["hflip", "original", "vflip", "original", "original"],
            "predicted": ["nv", "mel", "nv", "nv", "nv"],
            "empty": [False, False, False, True, False],
            "fold": np.array([0, 1, 0, 2, 3], np.int8),
        }
    )
    cams = rng.uniform(size=(5, 3, 5)).astype(np.float16)
    cams[3] = 0
    write_cams(frame, cams, tmp_path / "cams.parquet")
    chosen = ChosenCams.read(str(tmp_path / "cams.parquet"), ["a", "b", "elsewhere"], CELL)
    assert chosen.folds == {"a": 1, "b": 2}
    assert set(chosen.entries) == {"a", "b"}
    for image_id, row in (("a", 1), ("b", 3)):
        entry = chosen.entries[image_id]
        assert entry["grid"] == [3, 5]
        values = np.frombuffer(base64.b64decode(entry["cam"]), np.uint8).reshape(3, 5) / 255
        assert np.abs(values - cams[row].astype(float)).max() <= 1 / 255
    assert (chosen.entries["a"]["predicted"], chosen.entries["a"]["empty"]) == ("mel", False)
    assert [chosen.entries[name]["network"] for name in "ab"] == ["seed 42, fold 1", "seed 42, fold 2"]
    assert chosen.entries["b"]["empty"] is True


def decoded(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize("shape", [(64, 64), (450, 600)])
@pytest.mark.parametrize("fit", FITS)
def test_noise_is_a_thumbnail_of_at_most_six_kilobytes(shape, fit):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    content = thumbnail_of(noise, fit)
    assert len(content) <= MOST_BYTES == 6000
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"


@pytest.mark.parametrize("fit", FITS)
def test_a_thumbnail_has_the_frame_and_the_colours_of_the_packed_image(fit):
    image = skin(3)[:96]
    shown = decoded(thumbnail_of(image, fit))
    assert shown.shape == (256, 256, 3)
    assert np.abs(shown.astype(float) - pack_image(image, PackSettings(256, fit))).mean() < 6
