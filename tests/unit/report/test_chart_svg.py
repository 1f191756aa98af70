"""Figures written as SVG stand in a page: colours of the page, ids of their own, the same bytes each time."""

import re
from itertools import combinations
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.figure import Figure

from chart_elements import parsed
from drawn_inputs import some_history
from selcn.design.cells import CELLS
from selcn.report.charts.intervals import SERIES
from selcn.report.charts.svg import COLOURS, LEAKFREE, SMALLEST_TEXT, THESIS, inline, write_svg
from selcn.report.figures import training_curves
from selcn.report.figures.style import drawn


def curves(path, demo: bool = False) -> Figure:
    with drawn(path, demo=demo) as figure:
        training_curves.draw(figure, {cell: some_history(4, 2) for cell in CELLS[:4]}, {})
    return figure


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> str:
    """Figure 11 as SVG."""
    figure = curves(tmp_path_factory.mktemp("figure") / "a.png")
    return inline(figure, "a", "Curves <&>", "Loss & accuracy")


def test_it_is_an_element_that_scales_and_says_what_it_is(text):
    root = ElementTree.fromstring(text)
    assert text.startswith("<svg ")
    assert "<!" not in text
    assert "xlink" not in text
    assert "<style" not in text
    assert (root.get("role"), root.get("width"), root.get("height")) == ("img", "100%", None)
    assert [float(side) for side in root.get("viewBox").split()] == pytest.approx([0, 0, 12.2 * 72, 5.2 * 72])
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert named[root.get("aria-labelledby")] == "Curves <&>"
    assert named[root.get("aria-describedby")] == "Loss & accuracy"


def test_text_stays_text(text):
    words = {element.text for element in parsed(text).iter("text")}
    assert {"Model 1", "No CAMs", "Epoch", "Loss", "training", "weights kept"} <= words


def test_every_colour_is_the_page_s(text):
    painted = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", text))
    assert painted <= {"none", *COLOURS.values()}
    assert {"currentColor", "var(--blue, #0072b2)", "var(--vermilion, #d55e00)", "var(--line, #cccccc)"} <= painted
    # Text names no colour and takes the root's.
    assert parsed(text).get("fill") == "currentColor"


def test_a_foreign_colour_is_refused():
    figure = Figure()
    figure.text(0, 0, "a", color="#123456")
    with pytest.raises(ValueError, match=r"colour #123456; expected one of #000000, .*charts/svg\.py"):
        inline(figure, "a", "", "")


def test_ids_are_those_referred_to_and_begin_with_the_name(text):
    ids = re.findall(r' id="([^"]+)"', text)
    referred = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    assert len(ids) == len(set(ids))
    assert set(ids) == referred | {"a-title", "a-desc"}
    assert all(name.startswith("a-") for name in ids)
    assert referred


def test_the_same_figure_is_the_same_bytes_whatever_the_user_s_settings(tmp_path, text):
    with matplotlib.rc_context({"svg.fonttype": "path", "font.size": 20, "savefig.facecolor": "red"}):
        again = inline(curves(tmp_path / "a.png"), "a", "Curves <&>", "Loss & accuracy")
    assert again == text


def test_text_is_readable_at_the_least_width(text):
    root = parsed(text)
    least = float(re.search(r"min-width:(\d+)px", root.get("style"))[1])
    scale = least / float(root.get("viewBox").split()[2])
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", text)]
    assert min(sizes) * scale == pytest.approx(SMALLEST_TEXT, abs=0.01)


def test_writing_svg_leaves_the_png_as_it_was(tmp_path):
    figure = curves(tmp_path / "a.png", demo=True)
    before = (tmp_path / "a.png").read_bytes()
    write_svg(figure, tmp_path / "a.svg", "leakfree-figure-11")
    root = parsed((tmp_path / "a.svg").read_text(encoding="utf-8"))
    assert root.find("title").text == "Training of the lesion networks with unmasked input, first fold"
    assert root.find("desc").text.startswith("Fold 0, the first fold. Dotted: the epoch")
    assert "synthetic images (demo)" in {element.text for element in root.iter("text")}
    curves(tmp_path / "b.png", demo=True)
    assert (tmp_path / "b.png").read_bytes() == before


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_protocols_differ_in_grey_and_by_marker():
    thesis, leakfree = (re.search(r"#\w+", COLOURS[colour])[0] for colour in (THESIS, LEAKFREE))
    assert contrast(thesis, leakfree) > 1.4
    assert min(contrast(colour, "#ffffff") for colour in (thesis, leakfree)) > 3
    marked = [series for series in SERIES.values() if series.marker]
    assert len(marked) == 3
    assert all(one.marker != other.marker for one, other in combinations(marked, 2))
