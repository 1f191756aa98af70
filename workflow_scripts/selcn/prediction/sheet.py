"""The sheet of one image: every stage of its prediction, probabilities and marks."""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from selcn.design.class_names import class_name
from selcn.design.prediction_marks import TRAINED_ON, UNLIKE, marks_of, unlike_score
from selcn.design.terms import DEMO_WARNING, RESEARCH_USE
from selcn.prediction.pictures import BOX_COLOUR, MASK_COLOUR

WIDTH, MARGIN, PANEL, GAP = 1240, 28, 224, 16
_TEXT, _MUTED, _BAR, _PALE, _WARNING, _NOTE = "#1c1b19", "#5b5850", "#1f5a85", "#c9c4b8", "#a5342a", "#8a5a00"
_LARGE, _MEDIUM, _SMALL = 26, 18, 15
# Of the rows of bars: height, and where labels, bars and numbers begin.
_ROW, _BARS, _BAR_WIDTH, _NUMBERS = 28, 300, 330, 650
_FACTS, _FACT_CHARACTERS = 870, 42
_MARK_CHARACTERS = 130
_EMPTY = (96, 96, 96)
# Control characters, line separators and marks of direction; the page writes them alike.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def draw_sheet(
    row: Mapping[str, Any],
    told: Mapping[str, Any],
    original: np.ndarray,
    packed: np.ndarray,
    pictures: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Return the sheet of an image, uint8 (H, W, 3) RGB.

    Parameters
    ----------
    row
        The image's row of the table of predictions.
    told
        The bundle's metadata.
    original, packed
        uint8 (H, W, 3) RGB: the image as it was read, at any size, and as the networks are given it.
    pictures
        Overlays of segmentation, symmetry and lesion network, uint8 (S, S, 3) RGB.
    """
    marks = [line for mark, text in marks_of(row) for line in _lines_of(mark, text)]
    if told.get("demo"):
        marks.insert(0, (_WARNING, DEMO_WARNING))
    title = title_of(row)
    beneath = "" if title == row["name"] else row["name"]
    marks_at = MARGIN + (60 if beneath else 38)
    panels_at = marks_at + 40 + 26 * len(marks)
    bars_at = panels_at + 24 + PANEL + 70
    facts = _facts(row, told)
    height = bars_at + max(_ROW * len(told["classes"]) + 40, 24 * len(facts)) + 56
    sheet = Image.new("RGB", (WIDTH, height), "white")
    _write(sheet, (MARGIN, MARGIN), title, _TEXT, _LARGE)
    _write(sheet, (MARGIN, MARGIN + 34), beneath, _MUTED, _SMALL)
    for number, (colour, line) in enumerate(marks):
        _write(sheet, (MARGIN, marks_at + 26 * number), line, colour, _MEDIUM)
    _write(sheet, (MARGIN, panels_at - 36), _verdict(row), _MUTED if row["unlike"] else _TEXT, _MEDIUM)
    for number, (title, picture, note) in enumerate(_panels(row, told, original, packed, pictures)):
        left = MARGIN + number * (PANEL + GAP)
        _write(sheet, (left, panels_at), title, _TEXT, _SMALL)
        sheet.paste(Image.fromarray(fitted(picture)), (left, panels_at + 24))
        _write(sheet, (left, panels_at + 30 + PANEL), note, _MUTED, _SMALL)
    _draw_key(sheet, bars_at - 44)
    _draw_bars(sheet, bars_at, row, told)
    for number, fact in enumerate(facts):
        _write(sheet, (_FACTS, bars_at + 24 * number), fact, _MUTED, _SMALL)
    _write(sheet, (MARGIN, height - 40), RESEARCH_USE, _WARNING, _MEDIUM)
    return np.asarray(sheet)


def title_of(row: Mapping[str, Any]) -> str:
    """Return the path of an image's file, its beginning cut where it is too long; its name if the font lacks a sign."""
    title = _HIDDEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", unicodedata.normalize("NFC", row["image"]))
    font = ImageFont.load_default(_LARGE)
    # What stands for a sign that a font lacks.
    missing = bytes(font.getmask("\uffff"))
    if any(bytes(font.getmask(sign)) == missing for sign in set(title)):
        return str(row["name"])
    if font.getlength(title) <= WIDTH - 2 * MARGIN:
        return title
    while font.getlength(f"...{title}") > WIDTH - 2 * MARGIN:
        title = title[1:]
    return f"...{title}"


def fitted(picture: np.ndarray) -> np.ndarray:
    """Return a picture as large as fits into a panel, centred on grey, uint8 (PANEL, PANEL, 3) RGB."""
    scale = PANEL / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    panel = np.full((PANEL, PANEL, 3), _EMPTY, np.uint8)
    top, left = (PANEL - height) // 2, (PANEL - width) // 2
    panel[top : top + height, left : left + width] = cv2.resize(picture, (width, height), interpolation=method)
    return panel


def _panels(
    row: Mapping[str, Any],
    told: Mapping[str, Any],
    original: np.ndarray,
    packed: np.ndarray,
    pictures: Mapping[str, np.ndarray],
) -> list[tuple[str, np.ndarray, str]]:
    """Return title, picture and note of each stage."""
    empty = {kind: "" if pictures[f"{kind}_cam"].any() else "; empty CAM" for kind in ("symmetry", "lesion")}
    lesion = f"lesion {row['area_share']:.1%} of the image" if row["lesion_found"] else "no lesion found"
    hair = f"{len(packed)} x {len(packed)} pixels, {row['hair_share']:.1%} replaced"
    symmetry = f"{row['symmetry']}, {row['symmetry_prob']:.3f}{empty['symmetry']}"
    return [
        ("Image", original, f"{row['width']} x {row['height']} pixels"),
        ("Hair removed", packed, hair),
        ("Segmentation", pictures["segmentation"], lesion),
        ("Symmetry network's CAM", pictures["symmetry"], symmetry),
        ("Lesion networks' CAM", pictures["lesion"], f"{row['predicted']}, {_networks(told)}{empty['lesion']}"),
    ]


def _draw_key(sheet: Image.Image, top: int) -> None:
    """Draw the colours of the lines in the panel of segmentation, below it."""
    left = MARGIN + 2 * (PANEL + GAP)
    for colour, text in ((MASK_COLOUR, "lesion mask"), (BOX_COLOUR, "LAE box")):
        ImageDraw.Draw(sheet).line((left, top + 9, left + 20, top + 9), fill=colour, width=4)
        _write(sheet, (left + 26, top), text, _MUTED, _SMALL)
        left += 124


def _draw_bars(sheet: Image.Image, top: int, row: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Draw a bar for each class's probability, with a line over the range of the networks."""
    draw = ImageDraw.Draw(sheet)
    for number, label in enumerate(told["classes"]):
        middle = top + _ROW * number + 10
        value, low, high = (row[f"prob_{label}{bound}"] for bound in ("", "_low", "_high"))
        chosen = label == row["predicted"] and not row["unlike"]
        _write(sheet, (MARGIN, middle - 10), class_name(label), _TEXT if chosen else _MUTED, _SMALL)
        draw.rectangle((_BARS, middle - 8, _BARS + _BAR_WIDTH, middle + 8), fill="#f4f2ed")
        draw.rectangle((_BARS, middle - 8, _BARS + round(_BAR_WIDTH * value), middle + 8), _BAR if chosen else _PALE)
        left, right = (_BARS + round(_BAR_WIDTH * bound) for bound in (low, high))
        draw.line((left, middle, right, middle), fill=_NOTE, width=3)
        for end in (left, right):
            draw.line((end, middle - 5, end, middle + 5), fill=_NOTE, width=2)
        _write(sheet, (_NUMBERS, middle - 10), f"{value:.3f} ({low:.3f} to {high:.3f})", _MUTED, _SMALL)
    note = f"Bar: mean of {_networks(told)}, temperature-scaled. Line: lowest to highest of them."
    _write(sheet, (MARGIN, top + _ROW * len(told["classes"]) + 6), note, _MUTED, _SMALL)


def _verdict(row: Mapping[str, Any]) -> str:
    label = row["predicted"]
    value, low, high = (row[f"prob_{label}{bound}"] for bound in ("", "_low", "_high"))
    return f"Predicted class: {class_name(label)}, probability {value:.3f} ({low:.3f} to {high:.3f})"


def _networks(told: Mapping[str, Any]) -> str:
    number = len(told["lesion"]["networks"])
    return f"{number} networks" if number > 1 else "1 network"


def _facts(row: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Return lines of what else is known of the prediction."""
    folds = [f"{stage} {row[f'{stage}_fold']}" for stage in ("segmentation", "symmetry") if row[f"{stage}_fold"] >= 0]
    facts = [
        f"Cell {told['cell']}, protocol {told['protocol']}",
        f"Folds of the networks: {', '.join(folds) or 'all together'}",
        f"Unlike score {unlike_score(row['unlike_score'], told['unlike']['threshold'])}",
        f"SHA-256 {row['sha256'][:16]}...",
    ]
    return [line for fact in facts for line in textwrap.wrap(fact, _FACT_CHARACTERS)]


def _lines_of(mark: str, text: str) -> list[tuple[str, str]]:
    colour = _WARNING if mark in (UNLIKE, TRAINED_ON) else _NOTE
    return [(colour, line) for line in textwrap.wrap(text[:1].upper() + text[1:], _MARK_CHARACTERS)]


def _write(sheet: Image.Image, place: tuple[int, int], text: str, colour: str, size: int) -> None:
    sheet.paste(colour, place, _shape_of(text, size))


# Most texts are the same on every sheet, and to draw them takes half of its time.
@lru_cache(maxsize=1024)
def _shape_of(text: str, size: int) -> Image.Image:
    # Pillow's own font: every machine has it, and draws it alike.
    font = ImageFont.load_default(size)
    _, _, right, bottom = font.getbbox(text)
    shape = Image.new("L", (int(right) + 1, int(bottom) + 1))
    ImageDraw.Draw(shape).text((0, 0), text, 255, font)
    return shape
