"""Figure 10: Grad-CAM++ of the twelve lesion networks on one image (section 5.4.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selcn.design.cells import cell_of, mask_of
from selcn.report.figures import TITLES
from selcn.report.figures.choice import nearest_to_quantiles
from selcn.report.figures.names import MASK_NAMES, SYMMETRY_NAMES, failures, model_number
from selcn.report.figures.sources import Cam
from selcn.report.figures.style import cam_colourbar, caption, outline, overlay, show, show_absent


@dataclass(frozen=True)
class LesionImage:
    """An image with its label, its lesion, the lesion networks' inputs and their CAMs.

    Attributes
    ----------
    lesion
        The mask whose outline is drawn, (S, S), 0/1.
    inputs
        The network's input for each of none, seg and lae, uint8 (S, S, 3) RGB.
    cams
        The CAM of each cell; cells that the study leaves out may be missing.
    failed
        The reason of each failed cell, whose CAM is not drawn.
    """

    image_id: str
    label: str
    lesion: np.ndarray
    inputs: Mapping[str, np.ndarray]
    cams: Mapping[str, Cam | None]
    failed: Mapping[str, str] = field(default_factory=dict)


def choose(splits: pd.DataFrame, masks: pd.DataFrame, with_cams: Iterable[set[str]]) -> str:
    """Return the test image of median lesion area, among those with a CAM of every cell.

    Parameters
    ----------
    splits
        The split table; columns image_id, role.
    masks
        The masks' manifest, indexed by image_id; columns lesion_found, area_share.
    with_cams
        The images with a CAM, for each cell.
    """
    test = set(splits.loc[splits["role"] == "test", "image_id"])
    shares = masks.loc[masks["lesion_found"] & masks.index.isin(test.intersection(*with_cams)), "area_share"]
    return nearest_to_quantiles(shares, [0.5])[0]


def draw(figure: Figure, one: LesionImage) -> None:
    """Draw a row for each input mask: the input, then the CAM of each cell."""
    figure.set_size_inches(11, 7.8)
    figure.suptitle(TITLES["10"])
    rows = figure.subplots(len(MASK_NAMES), 1 + len(SYMMETRY_NAMES))
    for panels, (lesion, name) in zip(rows, MASK_NAMES.items(), strict=True):
        show(panels[0], one.inputs[lesion])
        panels[0].set_ylabel(f"Classifier: {name}")
        for panel, symmetry in zip(panels[1:], SYMMETRY_NAMES, strict=True):
            draw_cell(panel, one, cell_of(lesion, symmetry))
    rows[0, 0].set_title("Classifier's input")
    for panel, name in zip(rows[0, 1:], SYMMETRY_NAMES.values(), strict=True):
        panel.set_title(name if name == SYMMETRY_NAMES["off"] else f"Symmetry model:\n{name}")
    cam_colourbar(figure, rows, fraction=0.015, pad=0.01)
    caption(
        figure,
        f"{one.image_id}, true class {one.label}. Below each CAM: the thesis's model number and the predicted class, "
        "which the CAM explains, and whether it is right. White line: the true lesion. Chosen: the test image of "
        f"median lesion area.{failures(one.failed)}",
    )


def draw_cell(panel: Axes, one: LesionImage, cell: str) -> None:
    """Draw the CAM of one cell over its input; an empty panel for a cell without a CAM."""
    cam = one.cams.get(cell)
    if cell in one.failed:
        show_absent(panel, "", f"model {model_number(cell)}: failed")
        return
    if cam is None:
        show_absent(panel, "", f"model {model_number(cell)}: no CAM for this image")
        return
    show(panel, overlay(one.inputs[mask_of(cell)], cam.map))
    panel.set_xlabel(f"model {model_number(cell)}: {cam.verdict(one.label)}")
    outline(panel, one.lesion)
