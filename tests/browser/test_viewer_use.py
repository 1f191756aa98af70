"""The viewer with a keyboard, for axe-core, on a phone, in print and without JavaScript."""

import io

import numpy as np
import pytest
from PIL import Image

from browser.drawn_report import IDS, WITHOUT_SHEET
from browsing import SETTINGS, barriers


def focused(page) -> str:
    """Return the accessible name, or the text, of the element that has the focus."""
    return page.evaluate(
        "(e => e.getAttribute('aria-label') ?? e.innerText.trim().split('\\n')[0])(document.activeElement)"
    )


def test_a_walk_with_the_keyboard_alone(opened):
    with opened() as visited:
        page = visited.page
        page.locator("#viewer-network").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "viewer-matrix"
        page.keyboard.press("Tab")
        assert focused(page).startswith("label bcc, predicted bcc")
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "End", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        assert focused(page).startswith("label nv, predicted nv")
        page.keyboard.press("Enter")
        assert focused(page).startswith("Label nv, predicted nv")
        page.keyboard.press("Tab")
        assert focused(page) == "Back to the matrix"
        page.keyboard.press("Tab")
        first = page.locator("#viewer-field .viewer-id").first.inner_text()
        opener = page.evaluate_handle("document.activeElement")
        page.keyboard.press("Enter")
        page.get_by_role("dialog", name=first).wait_for()
        assert focused(page) == first
        page.keyboard.press("ArrowRight")
        second = page.locator("#viewer-field .viewer-id").nth(1).inner_text()
        page.get_by_role("dialog", name=second).wait_for()
        page.keyboard.press("ArrowLeft")
        page.get_by_role("dialog", name=first).wait_for()
        page.keyboard.press("ArrowLeft")
        assert page.get_by_role("dialog", name=first).is_visible()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        assert opener.evaluate("opener => opener === document.activeElement")
        page.keyboard.press("Escape")
        assert focused(page).startswith("label nv, predicted nv")
        assert page.locator("#viewer-field").inner_text() == ""
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.id") == "viewer-matrix"


def test_previous_and_next_go_through_the_list_it_was_opened_from(opened):
    with opened() as visited:
        page = visited.page
        page.locator("#viewer-gallery-cards button").first.click()
        seen = []
        for _ in IDS[1:]:
            page.get_by_text(f"{len(seen) + 1} of {len(IDS) - 1}", exact=True).wait_for()
            seen.append(page.locator("#viewer-sheet-title").inner_text())
            page.keyboard.press("ArrowRight")
        assert seen == [each for each in IDS if each != WITHOUT_SHEET]
        assert page.get_by_role("button", name="Next image").get_attribute("aria-disabled") == "true"


def test_a_link_in_the_page_opens_its_sheet_again_after_it_was_closed(opened):
    with opened() as visited:
        page = visited.page
        page.evaluate(
            "id => document.querySelector('h1').append(selcn.el('a', {href: `#image=ham10000/${id}`}, 'the worst'))",
            IDS[5],
        )
        for _ in range(2):
            page.get_by_role("link", name="the worst").click()
            page.get_by_role("dialog", name=IDS[5]).wait_for()
            page.keyboard.press("Escape")
            page.get_by_role("dialog").wait_for(state="hidden")
            assert focused(page) == "the worst"


def test_a_link_to_a_matrix_can_be_followed_twice(opened):
    with opened() as visited:
        page = visited.page
        link = "#matrix=thesis-ham10000-test/cls-none_sym-lae/mean"
        page.evaluate("href => document.querySelector('h1').append(selcn.el('a', {href}, 'accuracy'))", link)
        for _ in range(2):
            page.get_by_role("link", name="accuracy").click()
            page.get_by_text("Protocol thesis · HAM10000, test · model 4").wait_for()
            page.wait_for_function("document.activeElement.id === 'viewer-matrix'")
            page.evaluate("scrollTo(0, 0)")


def test_a_sheet_returns_to_the_link_of_its_matrix(opened):
    with opened("matrix=thesis-ham10000-test/cls-none_sym-lae/mean") as visited:
        page = visited.page
        page.get_by_text("Protocol thesis · HAM10000, test · model 4").wait_for()
        page.get_by_label("label bcc, predicted bcc:").click()
        page.locator("#viewer-field button.viewer-image").first.click()
        page.wait_for_url("**#image=ham10000/*")
        page.get_by_role("button", name="Close").click()
        page.wait_for_url("**#matrix=thesis-ham10000-test/cls-none_sym-lae/mean")


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
def test_axe_finds_nothing_serious(opened, width, scheme):
    with opened(width=width, scheme=scheme) as visited:
        visited.page.get_by_label("label nv, predicted nv").click()
        visited.page.locator("#viewer-field summary").click()
        visited.page.locator("#viewer-field .viewer-frame").first.wait_for()
        assert barriers(visited.page) == []
        assert visited.overflow() == 0
        visited.page.locator("#viewer-field button.viewer-image").first.click()
        visited.page.locator(".viewer-part").first.wait_for()
        assert barriers(visited.page) == []
        assert visited.overflow() == 0
        wide = visited.page.locator("#viewer-sheet").evaluate("sheet => sheet.scrollWidth - sheet.clientWidth")
        assert wide == 0


# Return the words of an element's texts that are broken over lines.
BROKEN = """(element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const broken = [];
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/\\w+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


def test_on_a_phone_no_word_of_a_sheet_is_broken_or_cut(opened):
    with opened(f"image=ham10000/{IDS[8]}", width=390) as visited:
        part = visited.page.locator(".viewer-part").first
        part.locator(".viewer-grid").get_by_text("segmentation mask", exact=True).wait_for()
        assert part.evaluate(BROKEN) == []
        heading = part.get_by_role("heading", name="Probabilities, mean over the networks that predicted this image")
        box = heading.bounding_box()
        assert box["x"] + box["width"] <= 390


def test_on_a_phone_seven_classes_have_room_in_a_matrix(opened):
    with opened(width=390) as visited:
        room = visited.page.locator("#viewer-matrix").evaluate("matrix => matrix.clientWidth")
        table = visited.page.locator(".viewer-table").bounding_box()["width"]
        first, second = (visited.page.locator(".viewer-field").nth(number).bounding_box()["x"] for number in (0, 1))
        assert table + 4 * (second - first) <= room


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shadow_is_at_the_edge_beyond_which_a_table_goes_on(opened, scheme):
    with opened(f"image=ham10000/{IDS[8]}", width=320, scheme=scheme) as visited:
        table = visited.page.get_by_role("region", name="Probabilities").first
        table.scroll_into_view_if_needed()

        def differences() -> list[float]:
            """Return how far a column of pixels at each edge is from the ground."""
            shown = np.asarray(Image.open(io.BytesIO(table.screenshot())).convert("L"), float)
            return [abs(np.median(shown[:, at]) - np.median(shown)) for at in (2, -4)]

        left, right = differences()
        assert (left < 5, right > 20) == (True, True)
        table.evaluate("table => { table.scrollLeft = table.scrollWidth; }")
        assert differences()[1] < 5


def test_the_ring_of_the_focus_covers_no_text(opened):
    with opened() as visited:
        page = visited.page
        page.locator("#viewer-gallery").focus()
        page.keyboard.press("Tab")
        assert focused(page) == IDS[0]
        ring = page.evaluate(
            "(e => { const s = getComputedStyle(e); return e.getBoundingClientRect().bottom"
            " + parseFloat(s.outlineOffset) + parseFloat(s.outlineWidth); })(document.activeElement)"
        )
        assert ring <= page.locator("#viewer-gallery-cards .viewer-text").first.bounding_box()["y"]


def test_print_has_a_sentence_in_place_of_the_viewer(opened):
    with opened() as visited:
        visited.page.emulate_media(media="print")
        assert visited.page.get_by_text("are interactive and are not printed").is_visible()
        assert not visited.page.locator("#viewer").is_visible()


def test_without_javascript_a_sentence_says_what_is_missing(opened):
    with opened(java_script_enabled=False) as visited:
        assert visited.page.locator("noscript p").is_visible()
        assert not visited.page.locator("#viewer").is_visible()
