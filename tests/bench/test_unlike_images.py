"""Cases and rates of the measurement of the mark of unlike images."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.unlike_cases import drawn_crop, skin_beside, zoomed_out
from benchmarks.unlike_images import rates_of


@pytest.mark.parametrize("seed", range(5))
def test_skin_beside_the_lesion_has_none_of_it(seed):
    rng = np.random.default_rng(seed)
    lesion = np.zeros((60, 80), bool)
    top, left = rng.integers(0, 30, 2)
    lesion[top : top + 15, left : left + 20] = True
    image = np.where(lesion[..., None], 0, 200).repeat(3, axis=2).astype(np.uint8)
    found = skin_beside(image, lesion, rng)
    assert found.shape == image.shape
    assert (found == 200).all()


def test_no_skin_where_the_lesion_is_everywhere():
    lesion = np.zeros((60, 80), bool)
    lesion[::10, ::10] = True
    assert skin_beside(np.zeros((60, 80, 3), np.uint8), lesion, np.random.default_rng(0)) is None


@pytest.mark.parametrize("shape", [(300, 900), (900, 300), (512, 512)])
@pytest.mark.parametrize("share", [1 / 3, 1.0])
def test_crops_are_four_to_three_and_within_the_image(shape, share):
    crop = drawn_crop(np.zeros((*shape, 3), np.uint8), share, np.random.default_rng(0))
    assert crop.shape[1] / crop.shape[0] == pytest.approx(4 / 3, rel=0.02)
    assert max(crop.shape[0] / shape[0], crop.shape[1] / shape[1]) == pytest.approx(share, rel=0.03)


def test_a_clinical_zoom_shows_the_lesion_small():
    lesion = np.zeros((150, 200), bool)
    lesion[40:110, 50:150] = True
    image = np.where(lesion[..., None], 0, 200).repeat(3, axis=2).astype(np.uint8)
    dark = (zoomed_out(image, lesion, np.random.default_rng(0)) < 60).all(axis=2).mean()
    assert lesion.mean() / 100 < dark < lesion.mean() / 10


def test_rates_are_shares_above_the_validation_quantile():
    validation = pd.DataFrame({"group": "validation", "source": map(str, range(100)), "used": "threshold"})
    crops = pd.DataFrame({"group": "grey photographs", "source": ["a", "a", "b", "b"], "used": "report"})
    table = pd.concat([validation.assign(score=range(100)), crops.assign(score=[200.0, 200, 200, 96])])
    rates = rates_of(table).set_index(["kept", "group"])
    assert rates.loc[0.95, "threshold"].eq(94).all()
    assert rates.loc[(0.95, "validation"), "marked"] == 0.05
    assert rates.loc[(0.95, "grey photographs"), "marked"] == 1
    found = rates.loc[(0.99, "all photographs")]
    assert (found["threshold"], found["images"], found["sources"]) == (98, 4, 2)
    assert (found["marked"], found["lowest"]) == (0.75, 0.5)
    # Wilson's interval of 3 in 4, from its formula.
    z, share, count = 1.959964, 0.75, 4
    centre, half = share + z**2 / (2 * count), z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    expected = (np.array([centre - half, centre + half])) / (1 + z**2 / count)
    np.testing.assert_allclose([found["low"], found["high"]], expected, rtol=1e-5)
