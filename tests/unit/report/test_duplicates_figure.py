"""The figure of near-duplicates shows the nearest pairs, the second image turned to lie as the first."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from selcn.report.figures.duplicates import MOST, PairedImage, ShownPair, draw
from selcn.report.figures.style import drawn


def pair(number: int = 0, turn: str = "") -> ShownPair:
    image = np.random.default_rng(number).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    first = PairedImage(f"i{number}", "ham10000", f"HAM_{number}", "nv", image)
    return ShownPair(
        first, PairedImage(f"j{number}", "isic2019", f"j{number}", "mel", image[:, ::-1]), 17, 0.98765, turn
    )


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def pixels(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


def test_a_pair_lies_side_by_side_with_all_that_is_known():
    figure = Figure()
    draw(figure, [pair(turn="mirrored")])
    left, right = figure.axes[:2]
    np.testing.assert_array_equal(pixels(left), pixels(right))
    assert (left.get_title(), right.get_title()) == ("i0", "j0")
    assert left.get_xlabel() == "ham10000, nv\nHAM_0"
    assert right.get_xlabel() == "isic2019, mel\nlesion unknown\n17 bits, r = 0.988\n(mirrored)"


@pytest.mark.parametrize(("count", "panels"), [(1, 6), (3, 6), (4, 12), (20, 24)])
def test_up_to_twelve_pairs_are_shown_and_empty_places_are_bare(count, panels):
    figure = Figure()
    draw(figure, [pair(number) for number in range(count)])
    assert len(figure.axes) == panels
    assert [axes.get_title() for axes in figure.axes if axes.images][::2] == [f"i{k}" for k in range(min(count, MOST))]
    assert all(axes.images or not axes.axison for axes in figure.axes)
    assert f"The closest {min(count, MOST)} of {count} pairs" in texts(figure)


def test_none_found_is_said(tmp_path):
    with drawn(tmp_path / "a.png", demo=False) as figure:
        draw(figure, [])
    assert "No near-duplicates were found" in texts(figure)
    assert (tmp_path / "a.png").stat().st_size > 0
