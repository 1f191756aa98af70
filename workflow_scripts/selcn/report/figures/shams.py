"""Inputs of the E-Layer: CAMs of symmetry models, and their replacements in sham controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.design.cam_sources import symmetry_model_of
from selcn.design.datasets import SEGMENTATION, name_of_set
from selcn.report.figures.choice import of_each_class
from selcn.report.figures.names import MASK_NAMES, failures
from selcn.report.figures.sources import Cam
from selcn.report.figures.style import cam_colourbar, caption, outline, overlay, show, show_absent

TITLE = "Inputs of the E-Layer: symmetry CAMs and sham controls"
SOURCE_NAMES = {
    **{mask: f"Symmetry CAM:\n{name}" for mask, name in MASK_NAMES.items()},
    "zeros": "Sham control:\nzeros",
    "shuffled": "Sham control:\nanother lesion's CAM",
    "gaussian": "Sham control:\ncentred Gaussian",
    "mask": "Sham control:\nsegmentation mask",
    "malignancy": "Sham control:\nmalignancy CAM",
}


@dataclass(frozen=True)
class ShownImage:
    """An image with the maps that the E-Layer takes for it.

    Attributes
    ----------
    image
        The packed image, uint8 (S, S, 3) RGB.
    lesion
        The true lesion mask, (S, S), 0/1.
    maps
        The map of each source.
    """

    image_id: str
    label: str
    image: np.ndarray
    lesion: np.ndarray
    maps: Mapping[str, Cam]


def choose(splits: pd.DataFrame) -> list[str]:
    """Return a test image of each class, the middle one in the order of their ids: see `of_each_class`."""
    return of_each_class(splits, 1)


def draw(figure: Figure, images: Sequence[ShownImage], failed: Mapping[str, str]) -> None:
    """Draw a row for each image: the image, and each source's map over it; none of a failed model."""
    sources = list(images[0].maps)
    figure.set_size_inches(1.65 * (len(sources) + 1) + 0.8, 1.75 * len(images) + 1.3)
    figure.suptitle(TITLE)
    rows = figure.subplots(len(images), len(sources) + 1, squeeze=False)
    for panels, one in zip(rows, images, strict=True):
        show(panels[0], one.image)
        panels[0].set_ylabel(f"{one.image_id}\n{one.label}")
        for panel, (source, cam) in zip(panels[1:], one.maps.items(), strict=True):
            if symmetry_model_of(source) in failed:
                show_absent(panel, "", "failed")
                continue
            show(panel, overlay(one.image, cam.map), note=cam.predicted + cam.remark)
            outline(panel, one.lesion)
    rows[0, 0].set_title("Image")
    for panel, source in zip(rows[0, 1:], sources, strict=True):
        panel.set_title(SOURCE_NAMES[source])
    cam_colourbar(figure, rows, fraction=0.015, pad=0.01)
    caption(
        figure,
        f"Test images of {name_of_set(SEGMENTATION)}; white line: the true lesion. Below a network's CAM: the class "
        "that it predicted (for another lesion's CAM, of that lesion). Chosen: the middle image of each class by id."
        + failures(failed),
    )
