"""The page of a finished study in a browser: complete, usable, accessible, and on its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from browsing import SETTINGS, Visit, barriers, visit
from html_pages import SECTIONS

# Open every part of the page that is folded.
UNFOLD = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"
# Texts of a column, each with the number that it is sorted by.
COLUMN = """([table, column]) => [...table.tBodies[0].rows].map((row) => {
  const cell = row.cells[column];
  return [cell.textContent.trim(), cell.dataset.sort ?? null];
})"""


@pytest.fixture
def opened(chromium, results):
    """Open the page; in the end nothing was complained about or requested elsewhere."""

    @contextmanager
    def opened(**options) -> Iterator[Visit]:
        with visit(chromium, results / "report/index.html", **options) as visited:
            yield visited
            assert visited.complaints == []
            assert visited.foreign_requests() == []

    return opened


def test_the_story_is_told_in_order(opened):
    with opened() as visited:
        ids = visited.page.eval_on_selector_all("main section[id]", "(found) => found.map((section) => section.id)")
        assert [name for name in ids if name in SECTIONS] == SECTIONS


def test_every_table_and_figure_of_the_study_is_there(opened, results):
    tables = {path.name for path in results.glob("*/tables/*.csv")}
    figures = {path.stem for path in results.glob("*/figures/**/*.png") if ".sha256" not in path.parts}
    with opened() as visited:
        visited.page.evaluate(UNFOLD)
        links = visited.page.eval_on_selector_all("a[download]", "(found) => found.map((a) => a.getAttribute('href'))")
        assert tables <= {link.rpartition("/")[2] for link in links}
        for link in links:
            assert (results / "report" / link).is_file(), link
        shown = visited.page.eval_on_selector_all("figure[id]", "(found) => found.map((figure) => figure.id)")
        assert figures <= {name for figure in shown for name in figures if figure.endswith(name)}
        broken = """async () => {
          const images = [...document.querySelectorAll("img")];
          images.forEach((image) => { image.loading = "eager"; });
          await Promise.all(images.map((image) => image.decode().catch(() => null)));
          return images.filter((image) => image.naturalWidth === 0).map((image) => image.src.slice(0, 80));
        }"""
        assert visited.page.evaluate(broken) == []


def test_every_table_sorts_by_its_numbers_both_ways(opened):
    with opened() as visited:
        visited.page.evaluate(UNFOLD)
        tables = visited.page.query_selector_all("table.sortable")
        assert len(tables) > 20
        for table in tables:
            column = table.evaluate("""(table) => [...table.tHead.rows].at(-1).cells.length - 1""")
            header = table.query_selector(f"thead tr:last-child th:nth-child({column + 1})")
            if "no-sort" in (header.get_attribute("class") or ""):
                continue
            for _ in range(2):
                header.evaluate("(header) => header.click()")
                way = header.get_attribute("aria-sort")
                values = visited.page.evaluate(COLUMN, [table, column])
                numbers = [float(sort) for _, sort in values if re.fullmatch(r"-?[\d.]+(e-?\d+)?", sort or "")]
                assert way in ("ascending", "descending")
                assert numbers == sorted(numbers, reverse=way == "descending")


def test_a_table_is_one_stop_of_the_tab_key_and_arrows_lead_through_its_headings(opened):
    with opened() as visited:
        page = visited.page
        page.evaluate(UNFOLD)
        stops = """(tables) => tables.map((table) =>
          [...table.querySelectorAll("th")].filter((heading) => heading.tabIndex >= 0).length)"""
        assert set(page.eval_on_selector_all("table.sortable", stops)) == {1}
        headings = page.locator("#table-08b thead tr:last-child th")
        page.locator("#table-08b thead [tabindex='0']").focus()
        page.keyboard.press("ArrowLeft")
        assert headings.nth(0).evaluate("(th) => th === document.activeElement")
        for column in range(1, headings.count()):
            page.keyboard.press("ArrowRight")
            assert headings.nth(column).evaluate("(th) => th === document.activeElement && th.tabIndex === 0")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert headings.last.get_attribute("aria-sort") == "descending"
        assert (
            page.eval_on_selector_all("#table-08b th", "(found) => found.filter((th) => th.tabIndex >= 0).length") == 1
        )


@pytest.mark.parametrize("width", [1280, 1600])
def test_the_thesis_s_tables_are_as_wide_as_the_page_allows_and_else_say_that_they_scroll(opened, width):
    """What scrolls is a stop of the Tab key, and has the row's name in view at its end."""
    state = """(found) => found.map((box) => ({
      scrolls: box.scrollWidth > box.clientWidth, stop: box.tabIndex === 0, of: box.closest("[id]").id,
      shades: getComputedStyle(box).backgroundImage.split("linear-gradient").length - 1 }))"""
    with opened(width=width) as visited:
        visited.page.evaluate(UNFOLD)
        visited.page.wait_for_timeout(300)
        boxes = visited.page.eval_on_selector_all(".numbered .scroll, .picture .chart", state)
        assert len(boxes) > 20
        assert [box for box in boxes if box["scrolls"] != box["stop"] or box["shades"] != 4] == []
        assert {box["of"] for box in boxes if box["scrolls"]} <= {"table-further", "table-measures"}


def test_on_a_phone_the_row_s_name_stays_and_the_caption_is_in_view(opened):
    with opened(width=390) as visited:
        box = visited.page.locator("#table-08b .scroll").first
        edge = box.bounding_box()["x"]
        box.evaluate("(box) => { box.scrollLeft = 600; }")
        assert box.evaluate("(box) => box.scrollLeft") == 600
        for part in ("tbody tr:first-child > .stays", "thead .stays", "caption span"):
            found = box.locator(part).first.bounding_box()
            assert found["x"] == pytest.approx(edge, abs=1)
            assert found["width"] <= 390


def test_nothing_is_beside_the_paper_in_print(opened):
    # A4 across, with the page's margins.
    with opened(width=1031) as visited:
        visited.page.evaluate(UNFOLD)
        visited.page.emulate_media(media="print")
        assert visited.overflow() <= 0
        cut = """(found) => found.filter((part) =>
          part.checkVisibility() && part.getBoundingClientRect().right > 1032).length"""
        assert visited.page.eval_on_selector_all("main table, main svg, main img, main pre", cut) == 0


def test_a_field_of_the_confusion_matrix_opens_its_images(opened):
    with opened() as visited:
        field = visited.page.locator(".viewer-field:not([aria-label$=': 0 images'])").first
        field.wait_for()
        number = int(re.search(r": (\d+) image", field.get_attribute("aria-label"))[1])
        field.click()
        cards = visited.page.locator("#viewer-field .viewer-card")
        cards.first.wait_for()
        assert 1 <= cards.count() <= number
        cards.first.locator("button").first.click()
        visited.page.locator("dialog[open]").wait_for()


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
def test_nothing_on_the_page_is_a_serious_barrier(opened, width, scheme):
    with opened(width=width, scheme=scheme) as visited:
        visited.page.locator(".viewer-field").first.wait_for()
        assert visited.overflow() <= 0
        visited.page.evaluate(UNFOLD)
        assert visited.overflow() <= 0
        assert barriers(visited.page) == []
