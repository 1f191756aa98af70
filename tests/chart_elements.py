"""What a chart draws, read from its SVG."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path


@dataclass(frozen=True)
class Text:
    """A text and its place in points: left, right and baseline."""

    text: str
    left: float
    right: float
    y: float
    size: float

    def overlaps(self, other: "Text") -> bool:
        """Return whether two texts are on top of each other."""
        beside = self.left >= other.right or other.left >= self.right
        return not beside and abs(self.y - other.y) < max(self.size, other.size)


def parsed(svg: str) -> ElementTree.Element:
    """Return a chart as an element, without the namespace in its tags."""
    return ElementTree.fromstring(svg.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1))


def intervals(svg: str) -> list[tuple[str, float, float, float]]:
    """Return the series, left end, right end and y of each interval."""
    found = []
    for group in parsed(svg).iter("g"):
        kind, _, series = group.get("data-mark", "").partition(" ")
        if kind == "interval":
            low, y, high, _ = map(float, re.findall(r"[\d.]+", group.find("path").get("d")))
            found.append((series, low, high, y))
    return found


def values(svg: str) -> list[tuple[str, str, float, float]]:
    """Return the series, `filled` or `open`, x and y of each value."""
    found = []
    for group in parsed(svg).iter("g"):
        kind, *words = group.get("data-mark", "").split(" ")
        if kind == "value":
            use = next(group.iter("use"))
            found.append((*words, float(use.get("x")), float(use.get("y"))))
    return found


def texts(svg: str) -> list[Text]:
    """Return all texts, measured in DejaVu Sans."""
    found = []
    for element in parsed(svg).iter("text"):
        style = element.get("style", "")
        size = float(re.search(r"font-size: ([\d.]+)px", style)[1])
        font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if "700" in style else "normal")
        width = text_to_path.get_text_width_height_descent(element.text, font, False)[0]
        place = element.get("transform")
        x, y = map(float, re.findall(r"[\d.]+", place) if place else (element.get("x"), element.get("y")))
        left = x - width * (1 if "end" in style else 0.5 if "middle" in style else 0)
        found.append(Text(element.text, left, left + width, y, size))
    return found


def words(svg: str) -> list[str]:
    """Return all texts in the order of the file."""
    return [text.text for text in texts(svg)]
