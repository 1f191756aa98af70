"""Numbers taken at random from the report's page, each computed again from what the study has stored."""

import random
import re
from pathlib import Path

import pytest

from browser.recomputed import value_of
from html_pages import page_of

KEYS = ("table", "part", "protocol", "cell", "class", "metric")
NUMBER = re.compile(r"[−-]?[\d,]*\.?\d+")


def numbers_of(page: Path) -> list[dict[str, str]]:
    """Return the page's cells of our values that have one: data attributes, exact value and text."""
    cells = [
        {key: cell.attributes.get(f"data-{key}", "") for key in (*KEYS, "sort")} | {"text": cell.text}
        for cell in page_of(page.read_text()).all("td")
        if "data-table" in cell.attributes and "data-metric" in cell.attributes
    ]
    return [cell for cell in cells if NUMBER.search(cell["text"])]


def test_twenty_random_numbers_follow_from_the_stored_predictions(results):
    numbers = numbers_of(results / "report/index.html")
    random.Random(17).shuffle(numbers)
    checked = []
    for number in numbers:
        value = value_of(results, number)
        if value is None:
            continue
        assert float(number["sort"]) == pytest.approx(value, abs=1e-5), number
        shown = NUMBER.search(number["text"])[0].replace(",", "").replace("−", "-")
        digits = len(shown.partition(".")[2])
        assert float(shown) == pytest.approx(value, abs=0.51 * 10**-digits), number
        checked.append(number)
        if len(checked) == 20:
            break
    assert len(checked) == 20
    assert {number["protocol"] for number in checked} == {path.parent.name for path in results.glob("*/tables")}
