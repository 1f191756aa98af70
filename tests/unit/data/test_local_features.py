"""Local features: images of one lesion taken anew are recognised, with their shift, turn and zoom; others are not."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photographs import SIZE, skin
from selcn.data.duplicates.geometry import FEWEST, RATIO, compare, mutual_matches
from selcn.data.duplicates.keypoint_files import from_row, to_row
from selcn.data.duplicates.keypoints import MOST, SCALE, SIDE, find_keypoints

# Above what different images reach, below what re-photographs do.
CLEAR = 8


def moved(image: np.ndarray, zoom: float, turn: float, shift: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return an image taken anew, and the transform of its pixels onto those of the first."""
    matrix = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), turn, zoom)
    matrix[:, 2] += shift
    anew = cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)
    return anew, cv2.invertAffineTransform(matrix)


@pytest.mark.parametrize(
    ("zoom", "turn", "shift"),
    [(1, 0, (12, -9)), (1, 30, (0, 0)), (1.4, 0, (0, 0)), (0.75, 0, (0, 0)), (1.25, -100, (10, 6)), (1, 180, (0, 0))],
)
def test_rephotographs_match_with_their_transform(zoom, turn, shift):
    first = skin(3)
    second, back = moved(first, zoom, turn, shift)
    match = compare(find_keypoints(first), find_keypoints(second))
    assert match.inliers >= CLEAR
    assert match.scale == pytest.approx(1 / zoom, rel=0.03)
    assert (match.rotation + turn + 180) % 360 - 180 == pytest.approx(0, abs=2)
    factor = SIDE / SIZE
    assert (match.shift_x, match.shift_y) == pytest.approx(tuple(factor * back[:, 2]), abs=4)


def test_different_images_do_not_match():
    keypoints = [find_keypoints(skin(seed)) for seed in range(12)]
    inliers = [compare(a, b).inliers for row, a in enumerate(keypoints) for b in keypoints[:row]]
    assert max(inliers) < CLEAR - 1


def test_images_without_keypoints_match_nothing():
    blank = find_keypoints(np.full((60, 80, 3), 128, np.uint8))
    assert len(blank) == 0
    assert compare(blank, find_keypoints(skin(1))).inliers == 0
    assert compare(find_keypoints(skin(1)), blank).inliers == 0


def test_keypoints_are_those_of_the_image_at_its_working_size():
    # Grey, so that it does not matter whether colour or size is reduced first.
    grey = np.repeat(skin(5)[..., 1:2], 3, axis=2)
    large = cv2.resize(grey, (3 * SIDE, 2 * SIDE), interpolation=cv2.INTER_CUBIC)
    keypoints = find_keypoints(large)
    assert 0 < len(keypoints) <= MOST
    assert (keypoints.points < (SIDE, SIDE * 2 / 3)).all()
    small = find_keypoints(cv2.resize(large, (SIDE, round(SIDE * 2 / 3)), interpolation=cv2.INTER_AREA))
    np.testing.assert_array_equal(keypoints.points, small.points)
    np.testing.assert_allclose(np.linalg.norm(keypoints.descriptors / SCALE, axis=1), 1, atol=0.02)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(0, 12), second=st.integers(0, 12))
def test_mutual_matches_equal_a_literal_search(seed, first, second):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(128, 0.3), size=first + second)
    shares[first : first + min(first, second) // 2] = shares[: min(first, second) // 2]
    descriptors = np.rint(SCALE * np.sqrt(shares)).clip(0, 255).astype(np.uint8)
    a, b = descriptors[:first].astype(float), descriptors[first:].astype(float)
    expected = []
    for row in range(len(a)):
        to_b = sorted((float(-(a[row] @ b[k])), k) for k in range(len(b)))
        if len(to_b) < 2:
            continue
        to_a = sorted((float(-(a[k] @ b[to_b[0][1]])), k) for k in range(len(a)))
        away = [1 + found[0] / SCALE**2 for found in to_b[:2]]
        if to_a[0][1] == row and away[0] < RATIO**2 * away[1]:
            expected.append((row, to_b[0][1]))
    rows, others = mutual_matches(descriptors[:first], descriptors[first:])
    assert list(zip(rows.tolist(), others.tolist(), strict=True)) == expected


def test_too_few_matches_are_no_transform():
    keypoints = find_keypoints(skin(2))
    few = type(keypoints)(keypoints.points[: FEWEST - 1], keypoints.descriptors[: FEWEST - 1])
    assert compare(few, few).inliers == 0


def test_keypoints_come_back_from_their_row():
    keypoints = find_keypoints(skin(4))
    back = from_row(to_row(keypoints), len(keypoints))
    np.testing.assert_array_equal(back.descriptors, keypoints.descriptors)
    np.testing.assert_allclose(back.points, keypoints.points, atol=1 / 512)
