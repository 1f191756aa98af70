"""Common style of all figures: fonts, colours, panels and captions, independent of the user's Matplotlib settings."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import matplotlib.style
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from selcn.storage.artifacts import replacing

DPI = 150
# Okabe and Ito's colour-blind-safe palette.
BLUE, VERMILION, GREEN, ORANGE, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#666666"
GRID = "#E5E5E5"
CAM_COLOURS = "inferno"
CAM_ALPHA = 0.55
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "legend.frameon": False,
}
CAPTION_SIZE = 8
CAPTION_CHARACTERS_PER_INCH = 17


@contextmanager
def drawn(path: str | Path, demo: bool) -> Iterator[Figure]:
    """Yield an empty figure in the study's style; write it as PNG when the block ends without an error.

    The same drawing gives the same bytes: the file records neither time nor software version.

    Parameters
    ----------
    path
        The PNG file.
    demo
        Whether to mark the figure as drawn from synthetic images.
    """
    with matplotlib.style.context(["default", STYLE]), replacing(path) as temporary:
        figure = Figure(layout="constrained")
        yield figure
        if demo:
            mark_demo(figure)
        figure.savefig(temporary, dpi=DPI, metadata={"Software": None})


def caption(figure: Figure, text: str) -> None:
    """Write a caption below the panels, wrapped to the figure's width; call it after setting the figure's size."""
    wrapped = textwrap.fill(text, int(CAPTION_CHARACTERS_PER_INCH * figure.get_figwidth()))
    figure.supxlabel(wrapped, x=0.01, ha="left", fontsize=CAPTION_SIZE, color=GREY)


def mark_demo(figure: Figure) -> None:
    """Write "synthetic images (demo)" into the figure's lower right corner, on a line of its own."""
    # The empty last line of the caption keeps the panels clear of the mark.
    figure.supxlabel(
        figure.get_supxlabel() + "\n ", x=0.01, ha="left", fontsize=CAPTION_SIZE, color=GREY, linespacing=1.3
    )
    figure.text(0.99, 0.005, "synthetic images (demo)", ha="right", va="bottom", color=VERMILION, weight="bold")


def upsampled(cam: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a CAM (h, w), 0..1, bilinearly upsampled to float32 (height, width), as for localisation."""
    return cv2.resize(cam.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)


def overlay(image: np.ndarray, cam: np.ndarray) -> np.ndarray:
    """Lay a CAM over its image.

    Parameters
    ----------
    image
        uint8 (H, W, 3) RGB.
    cam
        Shape (h, w), floating, 0..1.

    Returns
    -------
    np.ndarray
        uint8 (H, W, 3) RGB: a constant blend of the image and the CAM's colour.
    """
    colours = colormaps[CAM_COLOURS](upsampled(cam, *image.shape[:2]))[..., :3]
    return np.rint((1 - CAM_ALPHA) * image + CAM_ALPHA * 255 * colours).astype(np.uint8)


def show(axes: Axes, image: np.ndarray, title: str = "", note: str = "") -> None:
    """Fill a panel with an image, uint8 (H, W, 3), or a mask (H, W), 0/1, with a title above and a note below."""
    axes.imshow(image, cmap="gray" if image.ndim == 2 else None, vmin=0, vmax=1 if image.ndim == 2 else 255)
    _bare(axes)
    axes.set_title(title)
    axes.set_xlabel(note)


def show_absent(axes: Axes, title: str, reason: str) -> None:
    """Leave a panel empty, with the reason in it."""
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", facecolor="#F2F2F2")
    axes.text(0.5, 0.5, textwrap.fill(reason, 18), ha="center", va="center", color=GREY)
    _bare(axes)
    axes.set_title(title)


def write_failed(axes: Axes) -> None:
    """Write into an empty panel of shared axes that its network failed."""
    axes.text(0.5, 0.5, "failed", transform=axes.transAxes, ha="center", va="center", color=GREY)


def outline(axes: Axes, mask: np.ndarray, colour: str = "white") -> None:
    """Draw the outline of a mask (H, W), bool or 0/1, over a panel; nothing for a mask of one value."""
    if mask.any() and not mask.all():
        axes.contour(mask, levels=[0.5], colors=colour, linewidths=1.0)


def cam_colourbar(figure: Figure, panels: Sequence[Axes] | np.ndarray, **placing: Any) -> None:
    """Draw the colour scale of CAMs beside panels; `placing` goes to `Figure.colorbar`."""
    bar = figure.colorbar(ScalarMappable(cmap=CAM_COLOURS), ax=panels, **placing)
    bar.set_label("activation (colour before blending)")
    bar.outline.set_visible(False)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
