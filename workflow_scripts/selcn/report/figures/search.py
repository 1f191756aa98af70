"""Hyper-parameter search (figure 7a): its history, and the importance of each hyper-parameter."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from selcn.report.figures.style import BLUE, GREY, GRID, ORANGE, VERMILION, caption

NAMES = {
    "batch_size": "Batch size",
    "beta1": "Momentum (beta1)",
    "learning_rate": "Learning rate",
    "weight_decay": "Weight decay",
    "weighted_loss": "Weighted loss",
}


def draw(figure: Figure, trials: pd.DataFrame, shares: Mapping[str, float], searched: str, score: str) -> None:
    """Draw a search's history and the importance of its hyper-parameters side by side.

    Parameters
    ----------
    trials
        Table of `selcn.training.search.summary.gather_trials`.
    shares
        Importance of each hyper-parameter, 0..1; empty where it is undefined.
    searched
        The network and model of the search.
    score
        Name of a trial's value.
    """
    figure.set_size_inches(9.2, 3.9)
    figure.suptitle(f"Hyper-parameter search: {searched}")
    history, importance = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_history(history, trials, score)
    _draw_importances(importance, shares)
    pruned = int((trials["state"] == "pruned").sum())
    caption(
        figure,
        f"{len(trials)} trials, {pruned} of them pruned (crosses at the bottom). Importance: each hyper-parameter's "
        "share of the variation in value among the other trials (PED-ANOVA).",
    )


def _draw_history(axes: Axes, trials: pd.DataFrame, score: str) -> None:
    complete = trials[trials["state"] == "complete"]
    pruned = trials[trials["state"] == "pruned"]
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.scatter(complete["number"], complete["value"], s=18, color=BLUE, label="trial")
    axes.step(trials["number"], trials["value"].cummax().ffill(), where="post", color=VERMILION, label="best so far")
    axes.plot(pruned["number"], np.full(len(pruned), 0.02), "x", ms=4, color=GREY, transform=axes.get_xaxis_transform())
    axes.set(xlabel="Trial", ylabel=score)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


def _draw_importances(axes: Axes, shares: Mapping[str, float]) -> None:
    if not shares:
        axes.text(
            0.5, 0.5, "too few finished trials,\nor all with the same value", ha="center", va="center", color=GREY
        )
        axes.set_axis_off()
        return
    ordered = sorted(shares, key=shares.__getitem__, reverse=True)
    bars = axes.barh([NAMES[name] for name in ordered], [shares[name] for name in ordered], color=ORANGE)
    axes.bar_label(bars, fmt="{:.2f}", padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1)
    axes.set_xlabel("Importance")
