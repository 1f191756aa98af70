"""Figure 5: hair detected and removed (section 5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.report.figures import TITLES
from selcn.report.figures.style import caption, show


@dataclass(frozen=True)
class CleanedImage:
    """An image before and after hair removal.

    Attributes
    ----------
    before, after
        uint8 (H, W, 3) RGB.
    hair
        bool (H, W), True on detected hair.
    """

    image_id: str
    before: np.ndarray
    after: np.ndarray
    hair: np.ndarray


def choose(manifest: pd.DataFrame, count: int = 3) -> list[str]:
    """Return the images with the most hair, in descending order, ties by id.

    Parameters
    ----------
    manifest
        The hair removal's manifest, indexed by image_id; column hair_share.
    """
    ordered = manifest["hair_share"].sort_index().sort_values(ascending=False, kind="stable")
    return ordered.head(count).index.tolist()


def draw(figure: Figure, images: Sequence[CleanedImage]) -> None:
    """Draw a column for each image: before, after, and the detected hair."""
    height, width = images[0].before.shape[:2]
    figure.set_size_inches(3 * len(images) + 0.4, 3 * 3 * height / width + 1.25)
    figure.suptitle(TITLES["05"])
    rows = figure.subplots(3, len(images), squeeze=False)
    for panels, one in zip(rows.T, images, strict=True):
        show(panels[0], one.before, title=one.image_id)
        show(panels[1], one.after)
        show(panels[2], one.hair, note=f"{one.hair.mean():.1%} of the image")
    for panel, name in zip(rows[:, 0], ("Before", "After", "Detected hair (white)"), strict=True):
        panel.set_ylabel(name)
    caption(figure, "Chosen: the images of the data set with the largest share of pixels detected as hair.")
