"""Sheets of images in a browser: what they show, and the controls of all maps."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import matplotlib
import numpy as np
import pytest
from playwright.sync_api import Locator

from browser.drawn_report import CELLS, CLASSES, EMPTY, IDS, ODD, ONE_PROTOCOL, WITHOUT_TRUTH, DrawnReport
from browsing import Visit, visit
from selcn.report.figures.style import CAM_COLOURS

SHOWN = IDS[8]


@pytest.fixture
def sheet(opened):
    """Open the report at an image's sheet, and give the visit and the dialog once it is there."""

    @contextmanager
    def sheet(image_id: str = SHOWN, **options) -> Iterator[tuple[Visit, Locator]]:
        with opened(f"image=ham10000/{quote(image_id)}", **options) as visited:
            dialog = visited.page.get_by_role("dialog", name=image_id)
            dialog.wait_for()
            yield visited, dialog

    return sheet


def test_a_sheet_shows_every_map_of_both_protocols(sheet):
    with sheet() as (_, dialog):
        for protocol in ("leakfree", "thesis"):
            part = dialog.locator(f".viewer-part[data-protocol={protocol}]")
            assert part.locator("canvas").count() == 3 + len(CELLS)
            for name in ("Mask, Dice 0.93", "CAM of model 1", "CAM of model 4", "CAM of sham control: zeros (no mask)"):
                assert part.get_by_role("img", name=name).count() == 1
        assert dialog.get_by_role("img", name="Original").count() == 1
        assert dialog.get_by_role("img", name="Without hair").count() == 1
        assert "no network of this protocol was trained on this image" in dialog.inner_text()


def test_predictions_are_called_right_or_wrong(sheet, report):
    with sheet() as (visited, _):
        for protocol, part in report.sheets[SHOWN]["protocols"].items():
            rows = visited.page.locator(f"[data-protocol={protocol}] .viewer-probabilities tbody tr")
            assert rows.count() == len(CELLS)
            for number, (cell, values) in enumerate(part["probabilities"]["cells"].items()):
                best = CLASSES[int(np.argmax(values["mean"]))]
                texts = rows.nth(number).locator("th, td").all_inner_texts()
                assert CELLS[cell].startswith(texts[0].split(":")[0])
                assert texts[1:] == [
                    f"{best}, {'right' if best == 'nv' else 'wrong'}",
                    *(f"{value / 1000:.2f}" for value in values["mean"]),
                    "4",
                ]


def test_probabilities_of_symmetry_models_are_under_their_names(opened):
    with opened(f"image=symderm/{IDS[2]}") as visited:
        dialog = visited.page.get_by_role("dialog", name=IDS[2])
        dialog.wait_for()
        rows = dialog.locator("[data-protocol=leakfree] .viewer-probabilities tbody tr")
        assert [row.locator("th, td").all_inner_texts() for row in rows.all()] == [
            ["symmetry model: no mask", "asymmetric, right", "0.70", "0.30", "4"],
            ["symmetry model: segmentation mask", "symmetric, wrong", "0.45", "0.55", "4"],
            ["symmetry model: LAE box", "symmetric, wrong", "0.20", "0.80", "4"],
        ]
        dialog.get_by_text("no lesion CAMs of this image").first.wait_for()


def test_each_tile_names_its_network_and_the_table_is_told_apart(sheet):
    with sheet() as (visited, dialog):
        for protocol in ("leakfree", "thesis"):
            part = dialog.locator(f".viewer-part[data-protocol={protocol}]")
            for name, network in (
                ("Symmetry model, no mask", "fold 0"),
                ("Symmetry model, LAE box", "fold 2"),
                ("model 1", "seed 42, fold 1"),
                ("model 4", "seed 42, fold 2"),
                ("sham control: zeros (no mask)", "seed 42, fold 3"),
            ):
                tile = part.locator("figure").filter(has=visited.page.get_by_role("img", name=f"CAM of {name}"))
                assert tile.locator("figcaption").inner_text().split("\n")[-1] == network
            assert part.get_by_role("heading", name="CAMs and predictions of one network per model").is_visible()
            assert part.get_by_text("The table below has means over all networks").is_visible()


def test_a_cam_is_drawn_on_its_native_grid_in_the_colours_of_figures(sheet, report):
    stored = report.sheets[SHOWN]["protocols"]["leakfree"]["lesion"]["cls-none_sym-off"]
    values = np.frombuffer(base64.b64decode(stored["cam"]), np.uint8)
    expected = 255 * matplotlib.colormaps[CAM_COLOURS](values)[:, :3]
    with sheet() as (visited, _):
        frame = visited.page.locator("[data-protocol=leakfree]").get_by_role("img", name="CAM of model 1")
        width, height, pixels = frame.locator("canvas").evaluate(
            "c => [c.width, c.height, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
        )
        drawn_over = frame.evaluate(
            "f => { const [a, b] = [f, f.querySelector('canvas')].map(e => e.getBoundingClientRect());"
            " return [a.width - b.width, a.height - b.height]; }"
        )
    assert [width, height] == stored["grid"]
    assert np.abs(np.reshape(pixels, (-1, 4))[:, :3] - expected).max() < 8
    assert drawn_over == [0, 0]


def test_the_key_has_the_colours_of_figures(sheet):
    expected = matplotlib.colormaps[CAM_COLOURS](np.linspace(0, 1, 6), bytes=True)[:, :3].tolist()
    with sheet() as (visited, _):
        gradient = visited.page.locator(".viewer-swatch-cam").evaluate("e => getComputedStyle(e).backgroundImage")
    shown = [[int(part) for part in colour] for colour in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", gradient)]
    assert np.abs(np.subtract(shown, expected)).max() <= 1


def test_one_slider_sets_the_opacity_of_every_map(sheet):
    with sheet() as (visited, _):
        slider = visited.page.get_by_role("slider", name="CAM opacity")
        for value, opacity in (("0", "0"), ("35", "0.35"), ("100", "1")):
            slider.fill(value)
            shown = visited.page.locator("canvas").evaluate_all("all => all.map(c => getComputedStyle(c).opacity)")
            assert set(shown) == {opacity}
        slider.press("ArrowLeft")
        assert visited.page.locator("output").inner_text() == "95 %"
        assert visited.page.get_by_role("dialog", name=SHOWN).is_visible()


@pytest.mark.parametrize(
    ("control", "lines"), [("Outlines", ".viewer-mask, .viewer-truth"), ("LAE box", ".viewer-box")]
)
def test_a_checkbox_hides_its_lines_on_every_map(sheet, control, lines):
    with sheet() as (_, dialog):
        drawn = dialog.locator(lines)
        assert all(line.is_visible() for line in drawn.all())
        dialog.get_by_label(control, exact=True).uncheck()
        assert drawn.count() > 0
        assert not any(line.is_visible() for line in drawn.all())


def test_protocols_are_shown_alone_or_side_by_side(sheet):
    with sheet() as (visited, _):
        parts = visited.page.locator(".viewer-part")
        left, right = (part.bounding_box() for part in parts.all())
        assert left["x"] + left["width"] <= right["x"]
        visited.page.get_by_role("radio", name="thesis").check()
        assert [part.get_attribute("data-protocol") for part in parts.all()] == ["thesis"]


def test_what_an_image_lacks_is_said(opened):
    with opened() as visited:
        dialog = visited.page.get_by_role("dialog")
        for image_id, text in ((WITHOUT_TRUTH, "no true mask"), (EMPTY, "Empty mask"), (EMPTY, "(empty CAM)")):
            visited.page.evaluate("id => selcn.showSheet('ham10000', id)", image_id)
            dialog.get_by_role("heading", name=image_id).wait_for()
            assert text in dialog.inner_text()
        assert dialog.locator("[data-protocol=leakfree] .viewer-box").count() == 0
        visited.page.evaluate("id => selcn.showSheet('ham10000', id)", ONE_PROTOCOL)
        dialog.get_by_role("heading", name=ONE_PROTOCOL).wait_for()
        assert dialog.locator(".viewer-part").count() == 1
        assert dialog.get_by_role("radio").count() == 0


def test_data_are_never_read_as_markup(sheet):
    with sheet(ODD) as (visited, dialog):
        assert "<b>back</b><img src=x onerror=alert(1)>" in dialog.inner_text()
        assert dialog.locator("dd b, dd img").count() == 0
        visited.page.wait_for_url("**#image=ham10000/odd%20%2350%25%2Bid")


def test_without_photographs_outlines_and_maps_are_on_grey(sheet, tmp_path):
    plain = DrawnReport(tmp_path / "plain", photographs=False).write()
    with sheet(of=plain) as (visited, dialog):
        assert visited.page.locator("#viewer img").count() == 0
        assert "This report has no photographs" in dialog.inner_text()
        assert dialog.locator("canvas").count() == 2 * (3 + len(CELLS))
        assert dialog.locator(".viewer-mask").first.is_visible()
        visited.page.keyboard.press("Escape")
        visited.page.get_by_label("label bcc, predicted bcc").click()
        visited.page.locator("#viewer-field .viewer-frame .viewer-mask").first.wait_for()


@pytest.mark.parametrize(
    ("fragment", "message"),
    [
        ("image=ham10000/ISIC_9", "HAM10000: the report has no sheet of image ISIC_9."),
        ("image=ham10000/%E0%A4%A", "This link is damaged: it contains a % that stands for no character."),
        ("matrix=leakfree-nowhere-test/a/mean", "The report has no confusion matrix named leakfree-nowhere-test."),
        (
            "matrix=thesis-ham10000-test/cls-seg_sym-off/mean",
            "model 5: segmentation mask, no CAMs has no predictions on this test set; another model is shown.",
        ),
        (
            "matrix=thesis-ham10000-test/cls-none_sym-off/seed 1",
            'There is no network "seed 1" of this model; the mean over its networks is shown.',
        ),
    ],
)
def test_a_link_to_what_is_not_there_says_so(opened, fragment, message):
    with opened(fragment) as visited:
        visited.page.get_by_text(message, exact=True).wait_for()


def test_a_report_moved_without_its_folder_says_so(chromium, report, tmp_path):
    alone = tmp_path / "index.html"
    alone.write_text(report.index.read_text())
    with visit(chromium, alone) as visited:
        visited.page.get_by_text("galleries.js is missing beside this page. Copy the report with its").wait_for()
        assert not visited.page.locator("#viewer").is_visible()


@pytest.mark.parametrize(
    ("gallery", "view", "texts"),
    [
        ("Confident mistakes", "thesis, model 4", [[SHOWN, "mel 0.99"]]),
        ("Near-duplicates", None, [[*IDS[2:4], "distance <3>"], [IDS[2], IDS[2], "distance 0"]]),
    ],
)
def test_galleries_list_their_images(opened, gallery, view, texts):
    with opened() as visited:
        visited.page.get_by_label("Gallery").select_option(gallery)
        if view:
            visited.page.get_by_label("View").select_option(view)
        cards = visited.page.locator("#viewer-gallery-cards .viewer-card")
        assert [card.inner_text().split() for card in cards.all()] == [" ".join(parts).split() for parts in texts]
        cards.first.get_by_role("button").first.click()
        name = texts[0][0]
        dialog = visited.page.get_by_role("dialog", name=name)
        dialog.wait_for()
        assert dialog.get_by_role("radio", name=view.split(",")[0] if view else "leakfree").is_checked()


def test_a_note_on_a_view_follows_that_on_its_gallery(opened):
    with opened() as visited:
        note = visited.page.locator("#viewer-gallery-note")
        visited.page.get_by_label("Gallery").select_option("Confident mistakes")
        assert note.inner_text() == "Highest probability first. 1 of 30 images are misclassified."
        visited.page.get_by_label("View").select_option("thesis, model 4")
        assert note.inner_text() == "Highest probability first. 2 of 30 images are misclassified."
        visited.page.get_by_label("Gallery").select_option("Near-duplicates")
        assert note.inner_text() == "Pairs of images."


def test_a_pair_across_data_sets_opens_the_sheet_of_each(opened):
    with opened() as visited:
        visited.page.get_by_label("Gallery").select_option("Near-duplicates")
        pair = visited.page.locator("#viewer-gallery-cards .viewer-card", has_text="distance 0")
        for button, dataset in zip(pair.get_by_role("button").all(), ("HAM10000", "SymDerm v2.0"), strict=True):
            button.click()
            dialog = visited.page.get_by_role("dialog", name=IDS[2])
            dialog.get_by_text(f"{dataset} · label").wait_for()
            visited.page.keyboard.press("Escape")
            dialog.wait_for(state="hidden")
