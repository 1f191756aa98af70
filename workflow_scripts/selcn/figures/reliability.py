"""Reliability diagram: how often a network is right when it claims a probability, before and after scaling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selcn.figures.style import BLUE, GREY, VERMILION, caption
from selcn.measures.calibration import calibration_error

COLOURS = (VERMILION, BLUE)


def draw(figure: Figure, curves: Mapping[str, pd.DataFrame], title: str) -> None:
    """Draw up to two curves over each other, and below them how many images lie in each bin.

    Parameters
    ----------
    curves
        For each name, such as "as trained" and "scaled", what `selcn.measures.calibration.reliability` returns.
    title
        Of what network and images.

    Raises
    ------
    ValueError
        There are more than two curves.
    """
    if len(curves) > len(COLOURS):
        raise ValueError(f"{len(curves)} reliability curves; expected at most {len(COLOURS)}")
    figure.set_size_inches(5.6, 6.2)
    figure.suptitle(title)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color=GREY, ls=":", lw=1.2, label="claim as they are right")
    for colour, (name, bins) in zip(COLOURS, curves.items(), strict=False):
        _draw_curve(above, below, bins, f"{name} (ECE {calibration_error(bins):.3f})", colour)
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share of right predictions")
    above.legend(loc="upper left")
    below.set(xlabel="Probability of the predicted class", ylabel="Images")
    below.set_yscale("log")
    caption(
        figure,
        "Predictions gathered in bins of equal width by the probability of their class. Below the dotted line a "
        "network claims too much. A point on few images is uncertain.",
    )


def _draw_curve(above: Axes, below: Axes, bins: pd.DataFrame, name: str, colour: str) -> None:
    filled = bins[bins["images"] > 0]
    above.plot(filled["claimed"], filled["right"], color=colour, marker="o", ms=4, lw=1.5, label=name)
    below.stairs(bins["images"], np.append(bins["lower"], bins["upper"].iloc[-1]), color=colour, lw=1.5)
