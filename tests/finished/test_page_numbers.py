"""Numbers taken at random from the report's page, each computed again from what the study has stored."""

import random
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from finished.recomputed import value_of

KEYS = ("table", "part", "protocol", "cell", "class", "metric")
NUMBER = re.compile(r"[−-]?[\d,]*\.?\d+")


class Numbers(HTMLParser):
    """The page's cells of our values: data attributes, exact value and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        data = {name.removeprefix("data-"): value or "" for name, value in attrs if name.startswith("data-")}
        if tag == "td":
            self._open = "table" in data and "metric" in data
        if tag == "td" and self._open:
            self.found.append({key: data.get(key, "") for key in (*KEYS, "sort")} | {"text": ""})

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[-1]["text"] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "td"


def numbers_of(page: Path) -> list[dict[str, str]]:
    """Return the numbers of a page that have a value."""
    return [number for number in Numbers(page.read_text()).found if NUMBER.search(number["text"])]


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
