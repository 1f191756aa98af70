"""Reliability diagrams: accuracy by confidence, before and after temperature scaling."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selcn.design.cells import split_cell
from selcn.evaluation.calibration import calibration_error, fit_temperature, reliability, with_temperature
from selcn.evaluation.cross_validation import arrays_of
from selcn.evaluation.runs import Run
from selcn.report.figures.names import MASK_NAMES, SYMMETRY_NAMES, failures, model_number
from selcn.report.figures.style import BLUE, GREY, VERMILION, caption, write_failed
from selcn.storage.artifacts import read_table

TRAINED, SCALED = "as trained", "scaled"
COLOURS = {TRAINED: VERMILION, SCALED: BLUE}


def read_curves(validation: Mapping[Run, Path], tested: Mapping[Run, Path]) -> dict[str, pd.DataFrame]:
    """Return the reliability of one cell's networks together, before and after temperature scaling.

    Parameters
    ----------
    validation, tested
        Predictions of the same networks; each network's temperature is fitted only on its own validation predictions.

    Returns
    -------
    dict
        `TRAINED` and `SCALED`: table of `selcn.evaluation.calibration.reliability` over all networks' predictions.
    """
    labels, trained, scaled = [], [], []
    for run, path in tested.items():
        label, probabilities, classes = arrays_of(read_table(path))
        temperature = fit_temperature(*arrays_of(read_table(validation[run])))
        labels.append(label)
        trained.append(probabilities)
        scaled.append(with_temperature(probabilities, temperature))
    label = np.concatenate(labels)
    return {
        name: reliability(label, np.concatenate(probabilities), classes)
        for name, probabilities in ((TRAINED, trained), (SCALED, scaled))
    }


def draw(figure: Figure, cells: Mapping[str, Mapping[str, pd.DataFrame]], failed: Mapping[str, str]) -> None:
    """Draw a column for each cell: its reliability curves, and below them the number of predictions in each bin.

    Parameters
    ----------
    cells
        Curves of `read_curves` for each cell, none for a failed one; all cells share a lesion mask.
    failed
        The reason of each failed cell.
    """
    lesion = split_cell(next(iter(cells)))[0]
    figure.set_size_inches(3.05 * len(cells), 5.6)
    figure.suptitle(f"Reliability of the lesion networks on the test set. Lesion input: {MASK_NAMES[lesion]}")
    rows = figure.subplots(2, len(cells), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1))
    for above, below, (cell, curves) in zip(*rows, cells.items(), strict=True):
        symmetry = split_cell(cell)[1]
        name = SYMMETRY_NAMES[symmetry] if symmetry == "off" else f"Symmetry model: {SYMMETRY_NAMES[symmetry]}"
        above.set_title(f"Model {model_number(cell)}\n{name}")
        if cell in failed:
            write_failed(above)
        above.plot([0, 1], [0, 1], color=GREY, ls=":", lw=1.2)
        for curve, bins in curves.items():
            _draw_curve(above, below, bins, f"{curve} (ECE {calibration_error(bins):.3f})", COLOURS[curve])
        above.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        if curves:
            above.legend(loc="upper left")
        below.set_xlabel("Confidence: probability of the predicted class")
        below.set_yscale("log")
    rows[0][0].set_ylabel("Accuracy")
    rows[1][0].set_ylabel("Predictions")
    caption(
        figure,
        "Predictions of all folds and seeds together, in bins of equal width by confidence. Below the dotted line "
        "networks are overconfident, above it underconfident. Scaled: with a temperature for each network, fitted on "
        "its validation images. Points of few predictions are uncertain. ECE: the mean distance of the points from the "
        f"dotted line, weighted by their predictions.{failures(failed)}",
    )


def _draw_curve(above: Axes, below: Axes, bins: pd.DataFrame, name: str, colour: str) -> None:
    filled = bins[bins["images"] > 0]
    above.plot(filled["claimed"], filled["right"], color=colour, marker="o", ms=4, lw=1.5, label=name)
    below.stairs(bins["images"], np.append(bins["lower"], bins["upper"].iloc[-1]), color=colour, lw=1.5)
