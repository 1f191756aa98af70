"""Figure 8: localisation of a CAM measured against the true lesion (section 5.3.2), step by step."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from selcn.evaluation.localisation import LocalisationSettings, dilated, localise
from selcn.report.figures import TITLES
from selcn.report.figures.names import failures
from selcn.report.figures.style import BLUE, GREEN, ORANGE, cam_colourbar, caption, outline, overlay, show, upsampled

BOTH, CAM_ONLY, REGION_ONLY = GREEN, ORANGE, BLUE


@dataclass(frozen=True)
class LocatedImage:
    """An image, its CAM and its true lesion.

    Attributes
    ----------
    image
        uint8 (S, S, 3) RGB.
    cam
        Shape (h, w), floating, 0..1.
    truth
        Shape (S, S), 0/1.
    """

    image_id: str
    predicted: str
    image: np.ndarray
    cam: np.ndarray
    truth: np.ndarray


def overlap_map(active: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Return a picture of the overlap of activation points and lesion region.

    Parameters
    ----------
    active, region
        bool (H, W).

    Returns
    -------
    np.ndarray
        uint8 (H, W, 3) RGB: `BOTH`, `CAM_ONLY`, `REGION_ONLY`; elsewhere black.
    """
    colours = np.zeros((*active.shape, 3), np.uint8)
    parts = ((active & region, BOTH), (active & ~region, CAM_ONLY), (~active & region, REGION_ONLY))
    for points, colour in parts:
        colours[points] = np.rint(255 * np.array(to_rgb(colour)))
    return colours


def draw(figure: Figure, one: LocatedImage, settings: LocalisationSettings, failed: Mapping[str, str]) -> None:
    """Draw the six steps from the image to the metrics; only the reason if the symmetry model failed."""
    figure.set_size_inches(9.6, 6.7)
    figure.suptitle(TITLES["08"])
    if failed:
        caption(figure, "The CAM of the symmetry network without input mask." + failures(failed))
        return
    panels = figure.subplots(2, 3)
    full = upsampled(one.cam, *one.truth.shape)
    active, region = full > settings.threshold, dilated(one.truth, settings)
    show(panels[0, 0], one.image, "(a) Image", one.image_id)
    show(panels[0, 1], overlay(one.image, one.cam), "(b) Grad-CAM++", f"predicted: {one.predicted}")
    show(panels[0, 2], active, f"(c) Activation points: CAM > {settings.threshold:g}")
    show(panels[1, 0], one.truth, "(d) True lesion")
    show(panels[1, 1], region, f"(e) True lesion, dilated {settings.dilations} times")
    outline(panels[1, 1], one.truth, GREEN)
    show(panels[1, 2], overlap_map(active, region), "(f) Overlap of (c) and (e)")
    _mark_peak(panels[1, 2], full)
    cam_colourbar(figure, panels[0, 2], cax=panels[0, 2].inset_axes((1.04, 0, 0.05, 1)))
    handles = [
        Patch(color=colour, label=name)
        for colour, name in ((BOTH, "both"), (CAM_ONLY, "CAM only"), (REGION_ONLY, "lesion only"))
    ]
    panels[1, 2].legend(handles=[*handles, *panels[1, 2].get_lines()], loc="upper left", bbox_to_anchor=(1, 1))
    scores = localise(one.cam, one.truth, settings)
    panels[1, 2].set_xlabel(
        f"IoU {scores['iou']:.3f}, overlap {scores['overlap']:.3f}\npointing game: {'hit' if scores['hit'] else 'miss'}"
    )
    caption(
        figure,
        "The CAM of the symmetry network without input mask. In (e) the green line is the lesion before dilation. "
        "Chosen: the test image whose IoU is nearest to the median over the test images with a true mask.",
    )


def _mark_peak(axes: Axes, full: np.ndarray) -> None:
    """Mark the centre of the region of highest activation, as the pointing game uses it; nothing for an empty CAM."""
    if full.max() == 0:
        return
    # Equal peaks may lie apart, and the centre of all would then be none of them.
    _, _, _, centres = cv2.connectedComponentsWithStats((full == full.max()).astype(np.uint8), connectivity=8)
    x, y = centres[1]
    axes.plot(x, y, marker="*", markersize=13, color="white", mec="black", ls="none", label="highest activation")
