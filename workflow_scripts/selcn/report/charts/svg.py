"""Matplotlib figures as SVG that stands inside a page and takes its colours from it."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.style
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from selcn.report.figures.style import BLUE, GREEN, GREY, GRID, ORANGE, STYLE, VERMILION
from selcn.storage.artifacts import replacing

INK, GROUND = "#000000", "#ffffff"
# The protocols' own colours: one step beside Okabe and Ito's, so that a page can set them apart from any other orange
# and blue.
THESIS, LEAKFREE = "#e69f01", "#0072b3"
COLOURS = {
    INK: "currentColor",
    GROUND: "var(--ground, Canvas)",
    GREY: "var(--muted, currentColor)",
    GRID: "var(--line, #cccccc)",
    THESIS: "var(--thesis, #b87a00)",
    LEAKFREE: "var(--leakfree, #0072b2)",
    BLUE: "var(--blue, #0072b2)",
    VERMILION: "var(--vermilion, #d55e00)",
    GREEN: "var(--green, #009e73)",
    ORANGE: "var(--orange, #e69f00)",
}
"""What each colour of a figure becomes; no figure written as SVG has any other."""
SMALLEST_TEXT = 9
"""Pixels: a chart does not get narrower than this makes it, and scrolls instead."""
LARGEST_SCALE = 1.25

_SVG, _HREF = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
_CSS = {to_hex(colour): css for colour, css in COLOURS.items()}
_FONTS = "font-family:system-ui,'DejaVu Sans',sans-serif;font-variant-numeric:tabular-nums"


def inline(figure: Figure, name: str, title: str, description: str) -> str:
    """Return a figure as an `<svg>` element to stand in an HTML page or a file of its own.

    It is as wide as its container, within limits that keep its text readable. Text stays text, the ground is
    transparent, and colours are `currentColor` and CSS variables with a fallback (`COLOURS`). What a drawing names by
    `set_gid` is the attribute `data-mark` of its group. The same figure and name give the same bytes.

    Parameters
    ----------
    name
        A word that no other chart of the page has: its ids begin with it.
    title, description
        Its accessible name and description.

    Raises
    ------
    ValueError
        The figure has a colour that is not in `COLOURS`.
    """
    written = io.StringIO()
    with matplotlib.style.context(["default", STYLE, {"svg.fonttype": "none", "svg.hashsalt": name}]):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(written.getvalue().replace(f' xmlns="{_SVG}"', "", 1))
    _drop_foreign(root)
    _name_apart(root, name)
    for element in root.iter():
        _tidy(element, name)
    _unwrap(root)
    drawing = list(root)
    _set_root(root, name)
    for tag, text in (("title", title), ("desc", description)):
        ElementTree.SubElement(root, tag, id=f"{name}-{tag}").text = text
    for element in drawing:
        root.remove(element)
        root.append(element)
    return ElementTree.tostring(root, encoding="unicode")


def write_svg(figure: Figure, path: str | Path, name: str) -> None:
    """Write a figure of `selcn.report.figures` as a file that holds what `inline` returns.

    Its title and caption are its accessible name and description.
    """
    text = inline(figure, name, figure.get_suptitle(), " ".join(figure.get_supxlabel().split()))
    with replacing(path) as temporary:
        Path(temporary).write_text(text + "\n", encoding="utf-8")


def _drop_foreign(root: ElementTree.Element) -> None:
    """Remove metadata, and Matplotlib's style sheet, which would hold for the whole page."""
    for child in list(root):
        if child.tag == "metadata" or child.find("style") is not None:
            root.remove(child)


def _name_apart(root: ElementTree.Element, name: str) -> None:
    """Prefix the ids that are referred to, drop Matplotlib's numbered ones, and keep a drawing's own as data-mark."""
    used = set(re.findall(r"url\(#([^)]+)\)", ElementTree.tostring(root, encoding="unicode")))
    used |= {element.attrib[_HREF][1:] for element in root.iter("use")}
    for element in root.iter():
        own = element.attrib.pop("id", "")
        if own in used:
            element.set("id", f"{name}-{own}")
        elif own and not re.fullmatch(r"[\w.]+_\d+", own):
            element.set("data-mark", own)


def _tidy(element: ElementTree.Element, name: str) -> None:
    """Set colours, references and short numbers; drop what is at its default."""
    if _HREF in element.attrib:
        element.set("href", f"#{name}-{element.attrib.pop(_HREF)[1:]}")
    for key, value in element.attrib.items():
        if key == "style":
            value = re.sub(r"font-family: [^;]*(; )?", "", value)
            value = re.sub(r"#[0-9a-f]{6}", lambda found: _css(found[0]), value)
        elif key == "clip-path":
            value = value.replace("url(#", f"url(#{name}-")
        elif key in ("d", "x", "y", "width", "height", "transform"):
            value = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
            value = " ".join(value.split())
        element.set(key, value)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.tag not in ("text", "tspan"):
        element.text = None
    element.tail = None


def _css(colour: str) -> str:
    if colour not in _CSS:
        raise ValueError(f"colour {colour}; expected one of {', '.join(_CSS)}: add it to COLOURS of charts/svg.py")
    return _CSS[colour]


def _unwrap(parent: ElementTree.Element) -> None:
    """Replace groups without attributes by what is in them, and drop what paints nothing."""
    for child in list(parent):
        _unwrap(child)
        if child.tag == "path" and child.get("style") == "fill: none":
            parent.remove(child)
        elif child.tag == "g" and not child.attrib:
            place = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(child):
                parent.insert(place + offset, grandchild)


def _set_root(root: ElementTree.Element, name: str) -> None:
    view = root.attrib["viewBox"]
    width = float(view.split()[2])
    # Exponents are tspans, and smaller.
    styles = [text.get("style", "") for text in root.iter("text")]
    sizes = [float(found[1]) for style in styles if (found := re.search(r"font-size: ([\d.]+)px", style))]
    least = width * SMALLEST_TEXT / min(sizes, default=SMALLEST_TEXT)
    root.attrib.clear()
    root.attrib |= {
        "xmlns": _SVG,
        "class": "chart",
        "viewBox": view,
        "width": "100%",
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-desc",
        "fill": "currentColor",
        "stroke-linejoin": "round",
        "style": f"min-width:{least:.0f}px;max-width:{LARGEST_SCALE * width:.0f}px;{_FONTS}",
    }
