"""The page of predictions in a browser: filters, order, pages and sheets, opened from disk."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from playwright.sync_api import expect

from browsing import SETTINGS, Visit, barriers, visit
from fake_cascade import CLASSES, TOLD, prediction_of
from selcn.design.terms import RESEARCH_USE
from selcn.prediction.files import ImageFile, Rejection
from selcn.prediction.pictures import PICTURES, pictures_of, places_of, thumbnail_of, write_picture
from selcn.prediction.result import KnownImage
from selcn.prediction.rows import REJECTED_SCHEMA, rejected_row, row_of, schema_of
from selcn.prediction.sheet import draw_sheet
from selcn.report.predictions.page import write_page

IMAGES = 130
SEEN = KnownImage("ISIC_1", "ham10000", "copy", True, 0, 0)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A page of images of which every 26th is unlike the training data, and the one before it known."""
    out, rng, rows = tmp_path_factory.mktemp("predictions"), np.random.default_rng(0), []
    for number in range(IMAGES):
        packed = np.full((16, 16, 3), rng.integers(20, 200, 3), np.uint8)
        prediction = prediction_of(packed, unlike=number % 26 == 25, known=SEEN if number % 26 == 24 else None)
        file = ImageFile(f"visit {number // 10}/<i>{number:03d}\n.jpg", f"image-{number:03d}")
        row = row_of(file, (40, 30), (), prediction, TOLD)
        rows.append(row)
        # All images have the first one's pictures, which take most of the time.
        for kind, place in places_of(file.name, out).items():
            if number:
                os.link(places_of("image-000", out)[kind], place)
                continue
            pictures = pictures_of(prediction) | {"thumbnail": thumbnail_of(prediction)}
            pictures["sheet"] = draw_sheet(row, TOLD, packed, packed, pictures)
            write_picture(pictures[kind], place)
    rejected = [rejected_row(ImageFile("notes.txt", "x"), Rejection("not an image", "nothing"))]
    tables = pa.Table.from_pylist(rows, schema_of(CLASSES)), pa.Table.from_pylist(rejected, REJECTED_SCHEMA)
    write_page(*tables, TOLD, "my images", PICTURES, out)
    return out


@pytest.fixture
def opened(chromium, written) -> Callable:
    """Open the page; in the end nothing was complained about or requested elsewhere."""

    @contextmanager
    def opened(**options) -> Iterator[Visit]:
        with visit(chromium, written / "index.html", **options) as visited:
            visited.page.locator("#cards li").first.wait_for()
            yield visited
            assert visited.complaints == []
            assert visited.foreign_requests() == []

    return opened


def files(page) -> list[str]:
    return page.locator("#cards .file").all_inner_texts()


def numbers(page) -> list[int]:
    return [int(name.split("<i>")[1][:3]) for name in files(page)]


def test_marked_images_come_first_and_their_class_is_not_the_first_thing_said(opened):
    with opened() as visited:
        page = visited.page
        assert numbers(page)[:11] == [25, 51, 77, 103, 129, 24, 50, 76, 102, 128, 0]
        card = page.locator("#cards li").first
        assert card.inner_text().split("\n")[0] == "unlike the training data"
        colours = [page.locator(f"#cards li:nth-child({k}) .verdict") for k in (1, 11)]
        unlike, usual = (place.evaluate("element => getComputedStyle(element).color") for place in colours)
        assert unlike == card.locator(".file").evaluate("element => getComputedStyle(element).color") != usual


def test_filters_order_and_search(opened):
    with opened() as visited:
        page = visited.page
        page.select_option("#mark", "trained_on")
        assert numbers(page) == [24, 50, 76, 102, 128]
        assert page.locator("#status").inner_text() == "5 of 130 images"
        page.select_option("#mark", "")
        page.select_option("#order", "lowest")
        page.select_option("#class", label="melanoma (mel)")
        shown = [float(text.split()[0]) for text in page.locator("#cards .numbers").all_inner_texts()]
        assert shown == sorted(shown)
        assert set(page.locator("#cards .verdict").all_inner_texts()) == {"melanoma"}
        assert page.locator("#cards .other").count() == 0
        page.select_option("#class", "")
        page.fill("#search", "VISIT 3/")
        assert sorted(numbers(page)) == list(range(30, 40))


def test_the_probability_of_a_class_is_shown_on_each_card_and_orders_them_with_the_keyboard(opened):
    with opened() as visited:
        page = visited.page
        page.get_by_label("Probability of").focus()
        page.keyboard.type("melanoma")
        expect(page.get_by_label("Probability of")).to_have_value(str(CLASSES.index("mel")))
        page.keyboard.press("Tab")
        page.keyboard.type("highest")
        expect(page.get_by_label("Order")).to_have_value("highest")
        other = page.locator("#cards li:not(:has(.verdict:text-is('melanoma'))) .other")
        expect(other.first).to_have_text(re.compile(r"^melanoma 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)$"))
        cards = [card.split("\n") for card in page.locator("#cards li").all_inner_texts()]
        assert {lines[-2].startswith("melanoma") for lines in cards} == {True, False}
        shown = [float(re.search(r"^(?:melanoma )?(\d\.\d+)", lines[-2])[1]) for lines in cards]
        assert shown == sorted(shown, reverse=True)


def test_pages_of_sixty(opened):
    with opened() as visited:
        page = visited.page
        assert page.locator("#page").inner_text() == "page 1 of 3"
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Next").click()
        assert page.locator("#cards li").count() == 10
        assert page.locator("#next").get_attribute("aria-disabled") == "true"


def test_a_sheet_opens_and_steps_with_the_keyboard(opened):
    with opened() as visited:
        page = visited.page
        page.locator("#cards button").first.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        assert page.locator("#sheet-title").inner_text() == r"visit 2/<i>025\u000a.jpg"
        picture = page.locator("#sheet img")
        assert picture.get_attribute("src") == "sheets/image-025.jpg"
        page.wait_for_function("document.querySelector('#sheet img').naturalWidth === 1240")
        assert page.locator("#sheet .always").inner_text() == RESEARCH_USE
        assert page.locator("#sheet tbody tr").count() == len(CLASSES)
        page.keyboard.press("ArrowRight")
        expect(page.locator("#sheet-position")).to_have_text("2 of 130")
        page.keyboard.press("Escape")
        # The event of a closed dialog comes after the key's own.
        second = page.locator("#cards li").nth(1)
        assert second.inner_text().endswith(r"visit 5/<i>051\u000a.jpg")
        expect(second.get_by_role("button")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_header_of_a_sheet_stays_in_view(opened, width):
    with opened(width=width) as visited:
        page = visited.page
        page.locator("#cards button").first.click()
        sheet = page.get_by_role("dialog")
        expect(page.locator("#sheet img")).to_have_js_property("naturalWidth", 1240)
        sheet.evaluate("sheet => sheet.scrollTo(0, sheet.scrollHeight)")
        expect(page.get_by_text("SHA-256")).to_be_in_viewport()
        assert sheet.evaluate("sheet => sheet.scrollTop") > 0
        for place in ("#sheet .always", "#sheet-title", "#sheet-previous", "#sheet-close"):
            expect(page.locator(place)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
def test_it_fits_and_has_no_barriers(opened, width, scheme):
    with opened(width=width, scheme=scheme) as visited:
        page = visited.page
        assert visited.overflow() == 0
        assert barriers(page) == []
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert page.locator("body > .always").bounding_box()["y"] == 0
        page.locator("#cards button").first.click()
        page.get_by_role("dialog").wait_for()
        assert barriers(page) == []


def test_ten_thousand_images_are_shown(chromium, tmp_path):
    rows = []
    for number in range(10_000):
        prediction = prediction_of(np.full((2, 2, 3), number % 200, np.uint8))
        rows.append(row_of(ImageFile(f"{number}.jpg", f"{number}"), (40, 30), (), prediction, TOLD))
    tables = pa.Table.from_pylist(rows, schema_of(CLASSES)), pa.Table.from_pylist([], REJECTED_SCHEMA)
    write_page(*tables, TOLD, "many", PICTURES, tmp_path)
    with visit(chromium, tmp_path / "index.html") as visited:
        page = visited.page
        page.locator("#cards li").first.wait_for()
        assert page.locator("#status").inner_text() == "10,000 images"
        page.fill("#search", "9999")
        assert files(page) == ["9999.jpg"]
