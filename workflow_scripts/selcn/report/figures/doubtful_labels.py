"""The most doubtful labels of every data set, with their images."""

import pandas as pd
from matplotlib.figure import Figure

from selcn.data.duplicates.images import Images
from selcn.design.datasets import DATASETS
from selcn.evaluation.label_audit.ranking import doubtful
from selcn.report.figures.style import caption, show

MOST = 6
"""Images of each data set, one row."""
# Small enough for the longest ids, such as ISIC_0012127_downsampled.
ID_SIZE = 7


def choose(ranking: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the labels that are drawn of each data set: the first with evidence against them."""
    return {dataset: rows.head(MOST) for dataset, rows in doubtful(ranking).groupby("dataset", sort=False)}


def draw(figure: Figure, chosen: dict[str, pd.DataFrame], images: Images) -> None:
    """Draw a row of images for each data set; without any, a caption that says so.

    Parameters
    ----------
    chosen
        Columns image_id, label, favoured, evidence, doubt; see `choose`.
    """
    figure.suptitle("Doubtful labels: a list to look at, not a correction")
    if not chosen:
        figure.set_size_inches(5, 1.6)
        caption(figure, "No evidence speaks against any label.")
        return
    figure.set_size_inches(11, 2.5 * len(chosen) + 1)
    grid = figure.subplots(len(chosen), MOST, squeeze=False)
    for panels, (dataset, rows) in zip(grid, chosen.items(), strict=True):
        ids, stack = images[dataset]
        for axes, row in zip(panels, rows.itertuples(), strict=False):
            show(axes, stack[ids.index(row.image_id)], row.image_id, note_on(row))
            axes.title.set_fontsize(ID_SIZE)
            axes.xaxis.label.set_fontsize(ID_SIZE)
        for axes in panels[len(rows) :]:
            axes.set_axis_off()
        panels[0].set_ylabel(DATASETS[dataset])
    caption(
        figure,
        f"The {MOST} most doubtful labels of each data set: the label, the class that the evidence favours, the doubt "
        "(support of that class minus that of the label), and the kinds of evidence.",
    )


def note_on(row) -> str:
    """Return the note below an image: label, favoured class, doubt and evidence."""
    doubt = "" if pd.isna(row.doubt) else f" ({row.doubt:+.2f})"
    favoured = f"favoured: {row.favoured}{doubt}\n" if row.favoured else ""
    kinds = row.evidence.split("; ")
    return f"label: {row.label}\n{favoured}{', '.join(kinds[:2])}" + (f",\n{', '.join(kinds[2:])}" if kinds[2:] else "")
