"""Pairs of images of one lesion are drawn side by side, the second image laid on the first."""

from types import SimpleNamespace

import cv2
import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from photographs import skin
from selcn.report.figures.duplicates import NONE_FOUND, PairedImage, ShownPair, aligned_on, draw, write_sheet
from selcn.report.figures.style import drawn


def side(name: str, image: np.ndarray, size: tuple[int, int] = (600, 450)) -> PairedImage:
    return PairedImage(name, "ham10000", f"HAM_{name}", "nv", image, size)


def pair(number: int = 1, certainty: str = "certain") -> ShownPair:
    image = np.random.default_rng(number).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    second = PairedImage(f"j{number}", "isic2019", f"j{number}", "mel", image[:, ::-1], (600, 450))
    return ShownPair(number, side(f"i{number}", image), second, certainty, "17 bits, r = 0.988, mirrored", image)


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def pixels(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def test_a_pair_lies_side_by_side_with_all_that_is_known():
    figure = Figure()
    draw(figure, [pair(7)], "Pairs", "A note.")
    left, right = figure.axes[:2]
    np.testing.assert_array_equal(pixels(left), pixels(right))
    assert (left.get_title(), right.get_title()) == ("7. i7", "j7")
    assert left.get_xlabel() == "ham10000, nv\nHAM_i7"
    assert right.get_xlabel() == "isic2019, mel\nlesion unknown\ncertain: 17 bits, r = 0.988,\nmirrored"


@pytest.mark.parametrize(("count", "panels"), [(1, 6), (3, 6), (4, 12)])
def test_three_pairs_lie_in_a_row_and_empty_places_are_bare(count, panels):
    figure = Figure()
    draw(figure, [pair(number) for number in range(count)], "Pairs", "A note.")
    assert len(figure.axes) == panels
    assert [axes.get_title() for axes in figure.axes if axes.images][::2] == [f"{k}. i{k}" for k in range(count)]
    assert all(axes.images or not axes.axison for axes in figure.axes)


def test_none_found_is_said(tmp_path):
    with drawn(tmp_path / "a.png", demo=False) as figure:
        draw(figure, [], "Pairs", NONE_FOUND)
    assert "No certain pairs were found" in texts(figure)
    assert (tmp_path / "a.png").stat().st_size > 0


def test_the_contact_sheet_has_a_page_for_each_part_of_the_pairs(tmp_path):
    write_sheet([[pair(number) for number in range(count)] for count in (3, 1, 0)], tmp_path / "sheet.pdf", demo=True)
    assert (tmp_path / "sheet.pdf").read_bytes().count(b"/Type /Page ") == 3


def measured(**values) -> SimpleNamespace:
    missing = dict.fromkeys(("distance", "turn", "inliers", "scale", "rotation", "shift_x", "shift_y"), pd.NA)
    return SimpleNamespace(**{**missing, **values})


def test_a_copy_is_turned_and_a_judged_pair_stays_as_it_is():
    image = skin(1)
    first, second = side("i", image), side("j", np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_array_equal(aligned_on(first, second, measured(distance=3, turn="mirrored")), image)
    np.testing.assert_array_equal(aligned_on(first, second, measured()), second.image)


def test_a_rephotograph_is_moved_onto_the_first_image_though_both_are_stretched():
    # At 200x150, where features are compared, the second image is the first, turned, zoomed and shifted.
    whole = cv2.resize(skin(2), (200, 150))
    there = cv2.getRotationMatrix2D((100, 75), 20, 1.1) + np.array([[0, 0, 6], [0, 0, -4]])
    anew = cv2.warpAffine(whole, there, (200, 150), borderMode=cv2.BORDER_REFLECT)
    back = cv2.invertAffineTransform(there)
    first, second = (side("i", cv2.resize(image, (128, 128))) for image in (whole, anew))
    match = measured(inliers=30, scale=1 / 1.1, rotation=-20.0, shift_x=back[0, 2], shift_y=back[1, 2])
    aligned = aligned_on(first, second, match)
    inner = (slice(40, 88), slice(40, 88))
    away = np.abs(aligned[inner].astype(int) - first.image[inner]).mean()
    unmoved = np.abs(second.image[inner].astype(int) - first.image[inner]).mean()
    assert away < 2 < unmoved / 3
