"""The demo's synthetic images match their labels: lesion, hair, outline, views and colours."""

import cv2
import numpy as np
import pytest

from selcn.demo.hair import draw_hair
from selcn.demo.image import draw_image
from selcn.demo.lesions import draw_lesion, lay_on
from selcn.demo.noise import generator
from selcn.demo.outline import draw_outline, mirror_overlaps
from selcn.demo.painters import PAINTERS
from selcn.demo.settings import DIAGNOSES

SIZE = {"width": 88, "height": 66}


def mirror_iou(mask: np.ndarray, degrees: float) -> float:
    """IoU of a mask with its mirror image about the line through its centroid at an angle."""
    y, x = np.nonzero(mask)
    middle = np.array([x.mean(), y.mean()])
    double = np.deg2rad(2 * degrees)
    reflect = np.array([[np.cos(double), np.sin(double)], [np.sin(double), -np.cos(double)]])
    matrix = np.column_stack([reflect, middle - reflect @ middle])
    mirrored = cv2.warpAffine(mask.astype(np.uint8), matrix, mask.shape[::-1]) > 0
    return (mirrored & mask).sum() / (mirrored | mask).sum()


def test_other_seed_draws_other_images():
    first, second = (draw_image(seed, "a", 0, "nv", 0, **SIZE).image for seed in (1, 2))
    assert np.abs(first.astype(int) - second).mean() > 5


@pytest.mark.parametrize("diagnosis", PAINTERS)
def test_mask_bounds_what_is_drawn(diagnosis):
    lesion = draw_lesion(generator(1, diagnosis), diagnosis, 0, 150)
    skin = np.full((300, 300, 3), 0.8, np.float32)
    shift = np.float32([[1, 0, 150 - lesion.depth.shape[1] / 2], [0, 1, 150 - lesion.depth.shape[0] / 2]])
    picture, mask = lay_on(skin, lesion, shift)
    change = np.abs(picture - skin).max(axis=2)
    assert change[mask].mean() > 0.08
    far = cv2.dilate(mask.astype(np.uint8), np.ones((61, 61))) == 0
    assert far.any()
    assert change[far].max() < 0.02


def test_hairless_images_are_clean():
    drawn = [draw_image(1, f"h{k}", 0, "nv", 0, **SIZE) for k in range(8)]
    bare = [each for each in drawn if not each.hair_colour]
    assert 0 < len(bare) < len(drawn)
    for each in bare:
        assert not each.hair.any()
        assert np.array_equal(each.image, each.clean)


def test_hair_covers_lines_not_areas():
    coverage, shadow = draw_hair(generator(1), 300, 225, 6)
    assert 0.002 < coverage.mean() < 0.1
    assert cv2.erode(coverage, np.ones((9, 9))).max() == 0
    assert shadow.max() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_outlines_have_the_symmetry_they_are_named_for(seed):
    none, one, two = (mirror_overlaps(draw_outline(generator(seed, s), s, 0.12)) for s in range(3))
    assert none.max() < 0.87
    assert one[0] == pytest.approx(1)
    assert one[90] < 0.87
    assert two[[0, 90]] == pytest.approx(1)


def test_mirror_overlap_of_an_ellipse():
    theta = np.deg2rad(np.arange(360))
    ellipse = 2 / np.hypot(np.cos(theta), 2 * np.sin(theta))
    overlaps = mirror_overlaps(ellipse)
    assert overlaps[[0, 90]] == pytest.approx(1)
    # Crossed at right angles, a 2:1 ellipse overlaps itself in 4 arctan(1/2) of its area of pi.
    shared = 4 * np.arctan(0.5) / np.pi
    assert overlaps[45] == pytest.approx(shared / (2 - shared), abs=0.01)


def test_masks_are_as_symmetric_as_labelled():
    """Across diagnoses, the best axis of an asymmetric mask is worse than that of a symmetric one, as posed."""
    best: dict[int, list[float]] = {0: [], 1: [], 2: []}
    both: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for symmetry in best:
        for diagnosis in ("nv", "mel", "bkl", "vasc"):
            mask = draw_image(7, f"{diagnosis}/{symmetry}", 0, diagnosis, symmetry, 160, 120).mask > 0
            scores = np.array([mirror_iou(mask, degrees) for degrees in range(0, 180, 3)])
            best[symmetry].append(scores.max())
            both[symmetry].append(np.minimum(scores, np.roll(scores, 30)).max())
    assert max(best[0]) < min(best[1])
    assert max(best[0]) < min(best[2])
    assert max(both[1]) < min(both[2])


def test_views_show_the_same_lesion_on_the_same_skin():
    """Over views of one lesion, skin colour and elongation spread less than over lesions; the pictures differ."""

    def describe(lesion: int, view: int) -> np.ndarray:
        drawn = draw_image(2, f"lesion{lesion}", view, "nv", 2, **SIZE)
        y, x = np.nonzero(drawn.mask)
        short, long = np.linalg.eigvalsh(np.cov(x, y))
        height, width = drawn.mask.shape
        around = cv2.dilate(drawn.mask, np.ones((13, 13))) == 0
        around[[*range(height // 6), *range(-height // 6, 0)]] = False
        around[:, [*range(width // 6), *range(-width // 6, 0)]] = False
        return np.r_[np.log(long / short), drawn.clean[around].mean(axis=0) / 255]

    seen = np.array([[describe(lesion, view) for view in (0, 1)] for lesion in range(8)])
    of_views = np.abs(seen[:, 0] - seen[:, 1]).mean(axis=0)
    of_lesions = np.abs(seen[:, 0] - np.roll(seen[:, 1], 1, axis=0)).mean(axis=0)
    assert (of_views > 0).all()
    assert (of_views < 0.6 * of_lesions).all(), (of_views, of_lesions)


def test_diagnoses_differ_in_colour():
    """Mean colour relative to the skin; the median over a few lesions, so that no single one decides."""
    colours = {}
    for diagnosis in DIAGNOSES:
        drawn = [draw_image(5, f"{diagnosis}{k}", 0, diagnosis, 1, **SIZE) for k in range(5)]
        ratios = [np.log(d.clean[d.mask > 0].mean(0) / d.clean[d.mask == 0].mean(0)) for d in drawn]
        colours[diagnosis] = np.median(ratios, axis=0)
    # Melanin takes most from blue, blood most from green; the translucent and the scarred are pale.
    assert colours["nv"][2] < colours["nv"][0] - 0.2
    assert colours["vasc"][1] < colours["vasc"][2] - 0.15
    assert max(colours["mel"].sum(), colours["nv"].sum()) < min(colours["df"].sum(), colours["bcc"].sum()) - 0.3
    assert colours["akiec"][1] < colours["akiec"][0] - 0.1
