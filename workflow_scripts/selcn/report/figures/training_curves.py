"""Figures 11-13: loss and accuracy by epoch of the four cells with the same lesion mask (appendix A)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from selcn.design.cells import split_cell
from selcn.report.figures import TITLES
from selcn.report.figures.names import SYMMETRY_NAMES, failures, model_number
from selcn.report.figures.style import BLUE, GREY, GRID, VERMILION, caption, write_failed
from selcn.storage.artifacts import DamagedArtifactError

FIGURES = {"none": "11", "seg": "12", "lae": "13"}
SERIES = (("train", "training", BLUE), ("validation", "validation", VERMILION))


def read_history(path: str | Path) -> pd.DataFrame:
    """Read a training history: epoch (from 1), and loss and accuracy in training and validation.

    Raises
    ------
    DamagedArtifactError
        The file lacks a column or has no epoch.
    """
    history = pd.read_csv(path)
    expected = ["epoch", *(f"{part}_{score}" for part, _, _ in SERIES for score in ("loss", "accuracy"))]
    missing = [column for column in expected if column not in history]
    if missing or history.empty:
        raise DamagedArtifactError(
            f"{path}: {len(history)} epochs, columns {', '.join(history.columns)}; expected at least one epoch and "
            f"the columns {', '.join(expected)}: delete it and run the same command again"
        )
    return history


def kept_epoch(history: pd.DataFrame) -> int:
    """Return the first epoch with the lowest validation loss, whose weights are kept (section 5.2)."""
    return int(history.loc[history["validation_loss"].idxmin(), "epoch"])


def draw(figure: Figure, histories: Mapping[str, pd.DataFrame], failed: Mapping[str, str]) -> None:
    """Draw a column for each cell: losses above, accuracies below.

    Parameters
    ----------
    histories
        Training history of each cell; all cells share a lesion mask.
    failed
        The reason of each failed cell, whose history is not drawn.
    """
    lesion = split_cell(next(iter(histories)))[0]
    figure.set_size_inches(12.2, 5.2)
    figure.suptitle(TITLES[FIGURES[lesion]])
    # One scale for all cells, to compare them by eye.
    losses, accuracies = figure.subplots(2, len(histories), sharex=True, sharey="row", squeeze=False)
    for loss, accuracy, (cell, history) in zip(losses, accuracies, histories.items(), strict=True):
        symmetry = split_cell(cell)[1]
        name = SYMMETRY_NAMES[symmetry] if symmetry == "off" else f"Symmetry model: {SYMMETRY_NAMES[symmetry]}"
        loss.set_title(f"Model {model_number(cell)}\n{name}")
        if cell in failed:
            write_failed(loss)
        else:
            _plot(loss, history, "loss")
            _plot(accuracy, history, "accuracy")
        accuracy.set_xlabel("Epoch")
    drawn = [history for cell, history in histories.items() if cell not in failed]
    highest = max((history[["train_loss", "validation_loss"]].max(axis=None) for history in drawn), default=np.inf)
    losses[0].set_ylim(0, 1.05 * highest if np.isfinite(highest) else None)
    accuracies[0].set_ylim(0, 1.02)
    losses[0].set_xlim(left=0.5)
    losses[0].set_ylabel("Loss")
    accuracies[0].set_ylabel("Accuracy")
    losses[0].xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    handles, labels = next((a.get_legend_handles_labels() for a in losses if a.get_lines()), ([], []))
    figure.legend(handles, labels, loc="outside right center")
    caption(
        figure,
        "Fold 0, the first fold. Dotted: the epoch with the lowest validation loss, whose weights are kept. All "
        f"columns share their axes.{failures(failed)}",
    )


def _plot(axes: Axes, history: pd.DataFrame, score: str) -> None:
    axes.grid(color=GRID, linewidth=0.6)
    for part, name, colour in SERIES:
        axes.plot(history["epoch"], history[f"{part}_{score}"], color=colour, label=name, lw=1.5, marker="o", ms=2.5)
    axes.axvline(kept_epoch(history), color=GREY, ls=":", lw=1.2, label="weights kept")
