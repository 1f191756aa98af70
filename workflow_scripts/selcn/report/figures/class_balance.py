"""Figure 6: training images of each class before and after balancing (section 5.1)."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from selcn.design.class_names import class_name
from selcn.report.figures import TITLES
from selcn.report.figures.style import BLUE, ORANGE, caption

BAR = 0.4


def count_classes(splits: pd.DataFrame) -> pd.DataFrame:
    """Count the development set's images before balancing and its training rows after it.

    Parameters
    ----------
    splits
        The split table; columns image_id, variant, label, role, train.

    Returns
    -------
    DataFrame
        One row per class (the label is the index), the largest first; columns before and after, int.

    Raises
    ------
    ValueError
        The table has no development set (role `pool`).
    """
    pool = splits[splits["role"] == "pool"]
    if pool.empty:
        raise ValueError("the split table has no row of role pool; expected a data set with a development set")
    counts = pd.DataFrame(
        {
            "before": pool.groupby("label")["image_id"].nunique(),
            "after": pool[pool["train"]].groupby("label").size(),
        }
    )
    return counts.fillna(0).astype(int).sort_index().sort_values("before", ascending=False, kind="stable")


def draw(figure: Figure, counts: pd.DataFrame) -> None:
    """Draw the table of `count_classes` as pairs of bars."""
    figure.set_size_inches(7.5, 0.55 * len(counts) + 1.9)
    figure.suptitle(TITLES["06"])
    axes = figure.subplots()
    places = np.arange(len(counts))
    for column, side, colour in (("before", -1, ORANGE), ("after", 1, BLUE)):
        label = f"{column} balancing (total {counts[column].sum():,})"
        bars = axes.barh(places + side * BAR / 2, counts[column], BAR, color=colour, label=label)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
    axes.set_yticks(places, [class_name(label) for label in counts.index])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.margins(x=0.1)
    axes.set_xlabel("Images, copies included")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    caption(
        figure,
        "Before: images of the development set (training and validation). After: its training rows in all folds "
        "together, including flipped and rotated copies of images in small classes.",
    )
