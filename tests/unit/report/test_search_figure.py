"""The figure of a search shows each trial where it belongs, and importances from the highest down."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selcn.report.figures.search import draw

TRIALS = pd.DataFrame(
    {
        "number": [0, 1, 2, 3, 5],
        "state": ["complete", "pruned", "complete", "complete", "pruned"],
        "value": [0.5, np.nan, 0.7, 0.6, np.nan],
    }
)
SHARES = {"batch_size": 0.1, "learning_rate": 0.7, "weight_decay": 0.2}


def drawn_figure(shares: dict[str, float]) -> Figure:
    figure = Figure()
    draw(figure, TRIALS, shares, "lesion cls-none_sym-off", "Validation accuracy")
    return figure


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_the_history_has_a_point_a_trial_a_cross_a_pruned_one_and_the_best_so_far():
    history = drawn_figure(SHARES).axes[0]
    assert history.collections[0].get_offsets().tolist() == [[0, 0.5], [2, 0.7], [3, 0.6]]
    best, pruned = history.lines
    assert best.get_xydata().tolist() == [[0, 0.5], [1, 0.5], [2, 0.7], [3, 0.7], [5, 0.7]]
    assert pruned.get_xdata().tolist() == [1, 5]
    assert history.get_ylabel() == "Validation accuracy"


def test_importances_are_ordered_and_named():
    figure = drawn_figure(SHARES)
    importance = figure.axes[1]
    assert [bar.get_width() for bar in importance.patches] == [0.7, 0.2, 0.1]
    assert [label.get_text() for label in importance.get_yticklabels()] == [
        "Learning rate",
        "Weight decay",
        "Batch size",
    ]
    assert "5 trials, 2 of them pruned" in texts(figure)
    assert "lesion cls-none_sym-off" in texts(figure)


def test_importances_that_cannot_be_told_are_not_drawn():
    figure = drawn_figure({})
    assert not figure.axes[1].patches
    assert "too few finished trials" in texts(figure)
