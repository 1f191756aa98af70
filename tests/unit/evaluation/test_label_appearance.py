"""Images that are no dermoscopy stand out among images that are."""

import cv2
import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.label_audit.appearance import (
    MOST_DEVIATIONS,
    STATISTICS,
    image_statistics,
    statistics_of,
    unusual,
)


def skin(rng: np.random.Generator) -> np.ndarray:
    image = np.full((48, 48, 3), rng.normal([225, 165, 155], 6), np.float32)
    cv2.circle(image, (24, 24), int(rng.integers(8, 14)), tuple(rng.normal([120, 75, 60], 10)), -1)
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


OTHERS = {
    "no_skin": np.full((48, 48, 3), (60, 120, 200), np.uint8),
    "white": np.full((48, 48, 3), 255, np.uint8),
    "black": np.zeros((48, 48, 3), np.uint8),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_image_that_is_no_skin_is_the_most_unusual(name):
    rng = np.random.default_rng(4)
    found = unusual(statistics_of([skin(rng) for _ in range(60)] + [OTHERS[name]]))
    assert found["appearance"].idxmax() == 60
    assert found["appearance"][60] > MOST_DEVIATIONS
    assert found["appearance"][:60].median() < MOST_DEVIATIONS


def test_statistics_by_hand():
    image = np.zeros((20, 20, 3), np.uint8)
    image[:10] = 255
    found = image_statistics(image)
    assert found["white"] == found["black"] == 0.5
    assert found["lightness"] == pytest.approx(50, abs=0.01)
    assert found["contrast"] == pytest.approx(50, abs=0.01)
    assert found["no_skin"] == found["saturation"] == 0
    assert found["border"] == pytest.approx(0, abs=0.01)


def test_the_distance_is_in_robust_deviations_of_the_statistic_that_is_farthest():
    table = pd.DataFrame(0.0, index=range(5), columns=list(STATISTICS))
    table["lightness"] = [10.0, 11, 12, 13, 112]
    table["white"] = [0.0, 0, 0, 0, 0.5]
    found = unusual(table)
    # Deviations from the median 12: 2, 1, 0, 1, 100, whose median is 1. The share deviates by ten times .05.
    assert found["appearance"].tolist() == pytest.approx([2 / 1.4826, 1 / 1.4826, 0, 1 / 1.4826, 100 / 1.4826])
    assert found["appearance_of"].tolist() == ["lightness"] * 5


def test_images_that_are_all_alike_are_not_unusual():
    table = pd.DataFrame(1.0, index=range(3), columns=list(STATISTICS))
    assert unusual(table)["appearance"].tolist() == [0, 0, 0]
