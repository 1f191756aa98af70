"""Figure 3: network inputs, unmasked and under both masks (section 4.1.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.report.figures import TITLES
from selcn.report.figures.choice import nearest_to_quantiles
from selcn.report.figures.names import MASK_NAMES
from selcn.report.figures.style import caption, show

QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class MaskedImage:
    """An image and its masked versions.

    Attributes
    ----------
    label
        The class.
    lesion_share
        Share of the image that the segmentation mask covers, 0..1.
    inputs
        The network's input for each of none, seg and lae, uint8 (S, S, 3) RGB.
    """

    image_id: str
    label: str
    lesion_share: float
    inputs: Mapping[str, np.ndarray]


def choose(manifest: pd.DataFrame) -> list[str]:
    """Return the images whose lesion's share of the image is nearest to the quartiles.

    Parameters
    ----------
    manifest
        The masks' manifest, indexed by image_id; columns lesion_found, area_share.
    """
    return nearest_to_quantiles(manifest.loc[manifest["lesion_found"], "area_share"], QUARTILES)


def draw(figure: Figure, images: Sequence[MaskedImage]) -> None:
    """Draw a row for each image: unmasked, under the segmentation mask and under the LAE box."""
    figure.set_size_inches(7, 2.3 * len(images) + 1)
    figure.suptitle(TITLES["03"])
    rows = figure.subplots(len(images), 3, squeeze=False)
    for panels, one in zip(rows, images, strict=True):
        for panel, mask in zip(panels, MASK_NAMES, strict=True):
            show(panel, one.inputs[mask])
        panels[0].set_ylabel(f"{one.image_id}\n{one.label}, lesion {one.lesion_share:.0%}")
    for panel, title in zip(rows[0], ("(a) Input image", "(b) Segmentation mask", "(c) LAE box"), strict=True):
        panel.set_title(title)
    caption(
        figure,
        "Images after hair removal, at the networks' input size. Chosen: the images of the data set whose predicted "
        "lesion's share of the image is nearest to the lower quartile, the median and the upper quartile.",
    )
