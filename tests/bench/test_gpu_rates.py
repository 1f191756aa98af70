"""What GPU hours are reckoned by is measured of each network, at a test's sizes."""

import math

import pytest
import torch

from benchmarks.gpu_rates import Sizes, of_lesion, of_segmentation, of_symmetry

SIZES = Sizes(64, 2, 4, torch.device("cpu"))


@pytest.mark.parametrize(
    ("measure", "name", "done"),
    [
        (of_segmentation, "deeplabv3plus", ["train", "validate", "masks"]),
        (of_symmetry, "squeezenet1_0", ["train", "validate", "CAMs"]),
        (
            lambda name, sizes: of_lesion(name, False, sizes),
            "test_efficientnet",
            ["train", "validate", "predict", "CAMs"],
        ),
    ],
)
def test_every_network_has_finite_rates(measure, name, done):
    rates = measure(name, SIZES)
    assert list(rates) == [f"{what} {name}" for what in done]
    assert all(math.isfinite(rate) and rate > 0 for rate in rates.values())


def test_a_lesion_network_with_cams_is_one_of_its_own():
    rates = of_lesion("test_efficientnet", True, SIZES)
    assert "train test_efficientnet with CAMs" in rates


def test_a_pass_is_over_every_sample_after_three_batches():
    seen = []
    SIZES.images_a_second(lambda samples: seen.append(samples.tolist()))
    assert seen == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5, 6, 7]]
