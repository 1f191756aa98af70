"""The sheet of an image: its title, its colours, and what it says of the score of unlike images."""

import numpy as np
import pytest
from PIL import ImageFont

from fake_cascade import TOLD, prediction_of
from selcn.design.terms import DEMO_WARNING
from selcn.prediction.files import ImageFile
from selcn.prediction.pictures import BOX_COLOUR, MASK_COLOUR, pictures_of
from selcn.prediction.rows import row_of
from selcn.prediction.sheet import MARGIN, WIDTH, draw_sheet, title_of


@pytest.fixture
def written(monkeypatch) -> list[str]:
    """The texts that are written on a sheet."""
    texts = []
    monkeypatch.setattr("selcn.prediction.sheet._write", lambda sheet, place, text, *style: texts.append(text))
    return texts


def sheet_of(path: str = "visit 1/mole.jpg", told=TOLD, **changes) -> np.ndarray:
    prediction = prediction_of(np.full((16, 16, 3), 90, np.uint8), **changes)
    row = row_of(ImageFile(path, "mole-1"), (16, 16), (), prediction, told)
    return draw_sheet(row, told, prediction.packed, prediction.packed, pictures_of(prediction))


def test_a_sheet_is_titled_by_the_file_with_its_output_name_beneath(written):
    sheet_of()
    assert written[:2] == ["visit 1/mole.jpg", "mole-1"]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("a/b (1).jpg", "a/b (1).jpg"),
        ("a\nb\u202egpj.exe", "a\\u000ab\\u202egpj.exe"),
        ("Müller/日本.jpg", "mole-1"),
        ("Mu\u0308ller.jpg", "mole-1"),
    ],
)
def test_control_characters_are_visible_and_signs_that_the_font_lacks_give_the_output_name(path, title):
    assert title_of({"image": path, "name": "mole-1"}) == title


def test_a_long_path_keeps_its_end():
    title = title_of({"image": f"{'long/' * 60}mole.jpg", "name": "mole-1"})
    assert title.startswith("...")
    assert title.endswith("/long/mole.jpg")
    assert ImageFont.load_default(26).getlength(title) <= WIDTH - 2 * MARGIN


def test_the_output_name_is_written_once(written):
    sheet_of("日本.jpg")
    assert written.count("mole-1") == 1


def test_the_score_stands_with_its_threshold_and_probabilities_have_three_digits(written):
    sheet_of(unlike_score=0.8251, probabilities=np.array([0.2, 0.3456, 0.4544]))
    assert "Unlike score 0.825, marked above 0.900" in written
    assert any(text.startswith("0.346 (") for text in written)


def test_networks_of_the_demo_are_warned_of_on_every_sheet(written):
    sheet_of(told=TOLD | {"demo": True})
    assert DEMO_WARNING in written
    written.clear()
    sheet_of(told=TOLD | {"demo": False})
    assert DEMO_WARNING not in written


def test_a_key_has_the_colours_of_mask_and_box(written):
    colours = {tuple(colour) for colour in sheet_of(lesion_found=False, mask=np.zeros((16, 16), bool)).reshape(-1, 3)}
    assert {MASK_COLOUR, BOX_COLOUR} <= colours
    assert {"lesion mask", "LAE box"} <= set(written)
