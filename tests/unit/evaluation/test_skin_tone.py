"""Estimated skin tones: angles of colours that are known in CIELAB, skin apart from lesion and frame."""

import numpy as np
import pandas as pd
import pytest
from skimage.color import lab2rgb

from jobs import run_script
from selcn.evaluation.skin_tone import skin_tones, tones_of, typology_angle
from selcn.evaluation.subgroups import SKIN_TONES
from selcn.storage.artifacts import read_table, write_table

SIZE = 32


def colour(lightness: float, yellow: float) -> np.ndarray:
    """Return a colour, uint8 RGB, with some red."""
    return (lab2rgb(np.array([lightness, 10.0, yellow])) * 255).round().astype(np.uint8)


def image_of(skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an image of skin with a square lesion, and the lesion's mask."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[10:22, 10:22] = 1
    return np.where(mask[..., None] == 1, colour(30, 10), skin).astype(np.uint8), mask


@pytest.mark.parametrize(
    ("lightness", "yellow", "expected", "tone"),
    [
        (75, 12, 64.4, "very light"),
        (68, 18, 45.0, "light"),
        (62, 18, 33.7, "intermediate"),
        (56, 18, 18.4, "tan"),
        (46, 18, -12.5, "brown"),
        (30, 15, -53.1, "dark"),
    ],
)
def test_the_angle_of_a_colour_is_that_of_its_lightness_and_yellow(lightness, yellow, expected, tone):
    """arctan((L* - 50) / b*), by hand; eight bits leave half a degree or so."""
    assert np.degrees(np.arctan((lightness - 50) / yellow)) == pytest.approx(expected, abs=0.05)
    angle, share = typology_angle(*image_of(colour(lightness, yellow)))
    assert angle == pytest.approx(expected, abs=1.0)
    assert share == pytest.approx(1 - 144 / SIZE**2)
    assert tones_of(pd.Series([angle])).tolist() == [tone]


def test_a_tone_begins_above_its_angle():
    angles = [55.1, 55, 41, 28, 10, -30, np.nan]
    assert tones_of(pd.Series(angles)).fillna("none").tolist() == [*SKIN_TONES, "none"]


def test_lesion_and_frame_do_not_count():
    image, mask = image_of(colour(68, 18))
    expected = typology_angle(image, mask)[0]
    rows, columns = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    vignette = np.hypot(rows, columns) > 13
    framed = np.where(vignette[..., None], np.uint8(8), image)
    assert vignette.mean() > 0.4
    angle, share = typology_angle(framed, mask)
    assert angle == pytest.approx(expected)
    assert share == pytest.approx(1 - mask.mean() - vignette.mean())


def test_dark_pixels_within_the_skin_count_since_they_are_no_frame():
    image, mask = image_of(colour(68, 18))
    spotted = image.copy()
    spotted[4:6, 4:6] = 8
    assert typology_angle(spotted, mask)[1] == typology_angle(image, mask)[1]


def test_without_skin_there_is_no_estimate():
    image, mask = image_of(colour(68, 18))
    angle, share = typology_angle(image, np.ones_like(mask))
    assert np.isnan(angle)
    assert share == 0
    angle, _ = typology_angle(np.zeros_like(image), mask)
    assert np.isnan(angle)


def test_every_image_gets_the_mask_of_its_id_and_none_where_no_lesion_was_found():
    light, dark = image_of(colour(75, 12)), image_of(colour(30, 15))
    inside = np.ones((SIZE, SIZE), np.uint8)
    manifest = pd.DataFrame({"image_id": ["c", "b", "a"], "lesion_found": [False, True, True]})
    masks = [np.zeros_like(inside), inside, light[1]]
    table = skin_tones(["a", "b", "c"], [light[0], dark[0], dark[0]], manifest, masks)
    assert table["image_id"].tolist() == ["a", "b", "c"]
    assert table["skin_tone"].fillna("none").tolist() == ["very light", "none", "none"]
    assert table["ita"].isna().tolist() == [False, True, True]
    assert table["skin_share"].tolist() == pytest.approx([1 - light[1].mean(), 0, 0])


def test_the_rule_s_script_writes_a_row_for_each_image(tmp_path):
    image, mask = image_of(colour(62, 18))
    np.save(tmp_path / "images.npy", np.stack([image, image]))
    np.save(tmp_path / "masks.npy", np.stack([mask, mask]))
    write_table(pd.DataFrame({"image_id": ["a", "b"]}), tmp_path / "rows.parquet")
    write_table(pd.DataFrame({"image_id": ["a", "b"], "lesion_found": [True, False]}), tmp_path / "masks.parquet")
    inputs = {"images": [str(tmp_path / "images.npy")], "masks": [str(tmp_path / "masks.npy")]}
    inputs |= {"rows": str(tmp_path / "rows.parquet"), "mask_rows": str(tmp_path / "masks.parquet")}
    run_script("measure_skin", tmp_path, inputs, {"skin": str(tmp_path / "skin.parquet")})
    table = read_table(tmp_path / "skin.parquet")
    assert list(table.columns) == ["image_id", "ita", "skin_share", "skin_tone"]
    assert table["skin_tone"].fillna("none").tolist() == ["intermediate", "none"]
