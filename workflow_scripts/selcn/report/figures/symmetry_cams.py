"""Figure 9: Grad-CAM++ of the symmetry networks under each input mask (section 5.4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.design.datasets import SYMMETRY, name_of_set
from selcn.report.figures import TITLES
from selcn.report.figures.choice import of_each_class
from selcn.report.figures.names import MASK_NAMES, failures
from selcn.report.figures.sources import Cam
from selcn.report.figures.style import cam_colourbar, caption, overlay, show, show_absent

IMAGES_A_CLASS = 2


@dataclass(frozen=True)
class SymmetryImage:
    """An image with its label, its inputs and its CAMs.

    Attributes
    ----------
    inputs
        The network's input for each of none, seg and lae, uint8 (S, S, 3) RGB.
    cams
        The CAM for each of them.
    """

    image_id: str
    label: str
    inputs: Mapping[str, np.ndarray]
    cams: Mapping[str, Cam]


def choose(splits: pd.DataFrame) -> list[str]:
    """Return two test images of each class: see `of_each_class`."""
    return of_each_class(splits, IMAGES_A_CLASS)


def draw(figure: Figure, images: Sequence[SymmetryImage], failed: Mapping[str, str]) -> None:
    """Draw a row for each image: the input and the CAM over it, for each input mask; none of a failed model."""
    figure.set_size_inches(11.5, 1.9 * len(images) + 1.1)
    figure.suptitle(TITLES["09"])
    rows = figure.subplots(len(images), 2 * len(MASK_NAMES), squeeze=False)
    for panels, one in zip(rows, images, strict=True):
        for pair, mask in zip(panels.reshape(-1, 2), MASK_NAMES, strict=True):
            cam = one.cams[mask]
            show(pair[0], one.inputs[mask])
            if mask in failed:
                show_absent(pair[1], "", "failed")
                continue
            show(pair[1], overlay(one.inputs[mask], cam.map), note=cam.verdict(one.label))
        panels[0].set_ylabel(f"{one.image_id}\nGT: {one.label}")
    for pair, name in zip(rows[0].reshape(-1, 2), MASK_NAMES.values(), strict=True):
        pair[0].set_title(f"{name}\ninput")
        pair[1].set_title(f"{name}\nGrad-CAM++")
    cam_colourbar(figure, rows, fraction=0.015, pad=0.01)
    caption(
        figure,
        f"Images of the {name_of_set(SYMMETRY)} test set. Below each CAM: the predicted class, which the CAM explains, "
        "and whether it is the ground truth (GT). Chosen: two images of each class, evenly spaced in the order of "
        "their ids." + failures(failed),
    )
