"""Tables as HTML files in Chromium: sorted by a click, with Shift by the difference, and by keyboard."""

import math

import pytest

from browsing import SETTINGS, barriers, visit
from selcn.report.tables.blocks import MISSING, Block, Entry, Grid
from selcn.report.tables.html import as_html

# By their texts, "9.5" would come after "10.25".
ENTRIES = [
    Entry("9.5", value=9.5, difference=-0.1),
    MISSING,
    Entry("0.100", value=0.1004, difference=math.nan),
    Entry("10.25", "**", value=10.25, difference=-0.3),
    Entry("0.100", value=0.1001, difference=0.2),
]
# Wider than any window, and without spaces to break at.
WIDE = "wide" * 80
ROWS = [[f"model {number}", entry, WIDE] for number, entry in enumerate(ENTRIES)]
BLOCKS: list[Block] = ["# A table", "Text.", "## Part", Grid(["Model", "Score", "Wide"], ROWS)]
BLOCKS.append("| a |\n| --- |\n| −10 |\n| −2 |\n| −3.5 |")


@pytest.fixture
def opened(chromium, tmp_path):
    """The file in a window; in the end nothing was complained about or requested elsewhere."""
    path = tmp_path / "table.html"
    path.write_text(as_html(BLOCKS), encoding="utf-8")
    with visit(chromium, path) as visited:
        yield visited.page
        assert visited.complaints == []
        assert visited.foreign_requests() == []


def order(page, table: int = 0) -> list[str]:
    """Return the first column of a table from above, each entry by its last word."""
    texts = page.locator("table").nth(table).locator("tbody tr td:first-child").all_inner_texts()
    return [text.split()[-1] for text in texts]


def sorted_as(page, expected: list[str], table: int = 0) -> None:
    # The script sorts a moment after the click.
    page.wait_for_function(
        """([table, expected]) => [...document.querySelectorAll("table")[table].tBodies[0].rows]
            .map(row => row.cells[0].innerText.trim().split(" ").pop()).join() === expected.join()""",
        arg=[table, expected],
    )


def test_a_click_sorts_by_the_number_and_the_next_the_other_way_missing_ones_last(opened):
    assert order(opened) == ["0", "1", "2", "3", "4"]
    score = opened.locator("th", has_text="Score")
    score.click()
    sorted_as(opened, ["3", "0", "2", "4", "1"])
    score.click()
    sorted_as(opened, ["4", "2", "0", "3", "1"])
    assert score.get_attribute("aria-sort") == "ascending"


def test_a_click_with_shift_sorts_by_the_difference(opened):
    opened.locator("th", has_text="Score").click(modifiers=["Shift"])
    opened.wait_for_function("document.querySelector('tbody td').innerText === 'model 4'")
    assert order(opened)[:3] == ["4", "0", "3"]


def test_the_keyboard_sorts(opened):
    opened.keyboard.press("Tab")
    opened.locator("th", has_text="Score").focus()
    opened.keyboard.press("Enter")
    sorted_as(opened, ["3", "0", "2", "4", "1"])


def test_a_table_within_a_text_sorts_by_its_numbers(opened):
    opened.locator("table").nth(1).locator("th").click()
    sorted_as(opened, ["−2", "−3.5", "−10"], table=1)


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
def test_nothing_bars_readers_and_no_window_is_too_narrow(chromium, tmp_path, width, scheme):
    path = tmp_path / "table.html"
    path.write_text(as_html(BLOCKS), encoding="utf-8")
    with visit(chromium, path, width=width, scheme=scheme) as visited:
        assert barriers(visited.page) == []
        assert visited.overflow() <= 0
