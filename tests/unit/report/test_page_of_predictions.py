"""The page of predictions, and the data that its script shows."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fake_cascade import CLASSES, TOLD, prediction_of
from html_pages import page_of
from selcn.design.prediction_marks import UNLIKE_MEANING, marks_of
from selcn.design.terms import DEMO_WARNING, RESEARCH_USE
from selcn.prediction.files import ImageFile, Rejection
from selcn.prediction.pictures import PICTURES
from selcn.prediction.result import KnownImage
from selcn.prediction.rows import REJECTED_SCHEMA, rejected_row, row_of, schema_of
from selcn.report.predictions.page import MOST_REJECTED, write_page

PLAIN = np.full((8, 8, 3), 100, np.uint8)
SEEN = KnownImage("ISIC_1", "ham10000", "copy", True, 0, 0)
# Of another test image than any network was trained on.
UNSEEN = KnownImage("ISIC_2", "ham10000", "same", False, 0, 0)


def row(path: str, notes=(), **changes) -> dict:
    return row_of(ImageFile(path, f"name-{abs(hash(path)):x}"), (20, 10), notes, prediction_of(PLAIN, **changes), TOLD)


ROWS = [
    row("plain.jpg"),
    row('<b>&amp;\n".jpg', notes=["a note"]),
    row("far.jpg", unlike=True, known=SEEN),
    row("test.jpg", known=UNSEEN),
    row("empty.jpg", lesion_found=False, unlike=True),
]


def write(rows, out: Path, rejected=(), told=TOLD):
    tables = pa.Table.from_pylist(rows, schema_of(CLASSES)), pa.Table.from_pylist(list(rejected), REJECTED_SCHEMA)
    write_page(*tables, told, "my images", PICTURES, out)
    return page_of((out / "index.html").read_text())


def data(out: Path) -> dict:
    text = (out / "images.js").read_text()
    return json.loads(re.fullmatch(r'selcn\.add\("images", (.*)\);\n', text)[1])


def test_the_summary_counts_marks_and_rejected_files(tmp_path):
    page = write(ROWS, tmp_path, [rejected_row(ImageFile("x.txt", "x-1"), Rejection("not an image", "nothing"))])
    figures = [" ".join(item.text.split()) for item in page.one("ul", class_="figures").all("li")]
    assert figures == [
        "5 predicted",
        "2 unlike the training data",
        "2 known to the study, 1 trained on",
        "1 without a lesion found",
        "1 with a note on the file",
        "1 rejected",
    ]


def test_images_unlike_the_training_data_are_counted_apart(tmp_path):
    page = write(ROWS, tmp_path)
    body = next(page.one("section", id="summary").all("tbody"))
    predicted = ROWS[0]["predicted"]
    cells = {line[0].text: [cell.text for cell in line[1:]] for line in (list(row.all()) for row in body.all("tr"))}
    assert {name: counts for name, counts in cells.items() if counts != ["0", "0"]} == {
        f"melanocytic nevi ({predicted})": ["5", "2"]
    }


def test_the_research_use_is_in_view_and_said_of_every_sheet(tmp_path):
    page = write(ROWS, tmp_path)
    always = list(page.all("p", class_="always"))
    assert [line.text for line in always] == [RESEARCH_USE] * 2
    assert RESEARCH_USE in page.one("footer").text
    assert ".always" in (text := next(page.all("style")).text)
    assert "position: sticky" in text[text.index(".always") :].partition("}")[0]


def test_names_of_files_are_data_and_text_never_markup(tmp_path):
    odd = '<script>alert(1)</script>"\n.jpg'
    page = write(ROWS, tmp_path, [rejected_row(ImageFile(odd, "x-1"), Rejection("not an image", "nothing"))])
    assert page.one("th", class_="file").text == odd
    assert data(tmp_path)["images"][1][0] == '<b>&amp;\n".jpg'
    assert len(list(page.all("script"))) == 2


def test_the_data_have_probabilities_range_and_marks(tmp_path):
    write(ROWS, tmp_path)
    read = data(tmp_path)
    images = [dict(zip(read["columns"], values, strict=True)) for values in read["images"]]
    assert images[2]["probabilities"] == pytest.approx([ROWS[2][f"prob_{label}"] for label in CLASSES], abs=5e-5)
    assert images[2]["low"] == pytest.approx([ROWS[2][f"prob_{label}_low"] for label in CLASSES], abs=5e-5)
    assert read["classes"][images[2]["predicted"]] == ROWS[2]["predicted"]
    assert [[mark for mark, _ in image["marks"]] for image in images] == [
        [],
        ["noted"],
        ["unlike", "trained_on"],
        ["known"],
        ["unlike", "no_lesion"],
    ]


def test_marks_say_what_is_known_of_an_image():
    assert marks_of(ROWS[0]) == []
    assert [text for _, text in marks_of(ROWS[2])] == [
        "unlike the training data: the networks may be wrong in ways that their probabilities do not show",
        "a copy of ham10000/ISIC_1, which networks were trained on",
    ]
    assert marks_of(ROWS[3])[0][1] == "the same file as ham10000/ISIC_2, which no network was trained on"


def test_a_score_that_is_not_finite_is_no_invalid_json(tmp_path):
    write([row("x.jpg", probabilities=np.array([np.nan, 0.5, 0.5]))], tmp_path)
    assert data(tmp_path)["images"][0][3] == [None, 0.5, 0.5]


def test_a_long_list_of_rejected_files_is_cut(tmp_path):
    many = [
        rejected_row(ImageFile(f"{k}.txt", "x"), Rejection("not an image", "nothing")) for k in range(MOST_REJECTED + 1)
    ]
    section = write(ROWS, tmp_path, many).one("section", id="rejected")
    assert len(list(section.all("th", class_="file"))) == MOST_REJECTED
    assert f"{MOST_REJECTED + 1} files could not be predicted; the first {MOST_REJECTED} are listed" in section.text


@pytest.mark.parametrize("demo", [True, False])
def test_the_demos_networks_are_warned_of(tmp_path, demo):
    page = write(ROWS, tmp_path, told=TOLD | {"demo": demo})
    assert (DEMO_WARNING in page.one("header", class_="top").text) is demo


def test_no_image_is_a_page_too(tmp_path):
    page = write([], tmp_path, [rejected_row(ImageFile("x.txt", "x-1"), Rejection("not an image", "nothing"))])
    assert data(tmp_path)["images"] == []
    assert "0 predicted" in " ".join(page.one("ul", class_="figures").text.split())
    assert "No image was predicted; the reason for each file is given below." in page.one("section", id="images").text
    # What is not there is not named: neither folders nor the parts that show images.
    assert "overlays" not in page.one("section", id="summary").text
    assert [list(page.all(tag)) for tag in ("script", "form", "dialog")] == [[], [], []]


def test_the_page_names_the_folders_of_its_images(tmp_path):
    summary = write(ROWS, tmp_path).one("section", id="summary").text
    assert all(folder in summary for folder in ("masks", "boxes", "cams", "overlays", "sheets"))


def test_the_page_says_what_the_mark_of_unlike_images_means(tmp_path):
    assert UNLIKE_MEANING in write(ROWS, tmp_path).one("section", id="summary").text
    assert UNLIKE_MEANING not in write(ROWS[:1], tmp_path).one("section", id="summary").text
    assert UNLIKE_MEANING in " ".join((Path(__file__).parents[3] / "docs/howto.md").read_text().split())


def test_the_score_of_unlike_images_stands_with_its_threshold(tmp_path):
    write([row("x.jpg", unlike_score=0.8251)], tmp_path)
    assert ["Unlike score", "0.825, marked above 0.900"] in data(tmp_path)["images"][0][-1]
