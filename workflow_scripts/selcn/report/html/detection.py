"""The measured search for images of one lesion, as a table of the page."""

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.duplicate_detection import BY_LIKENESS, FOUND_AT, PLANTED, RECALL
from selcn.report.answers.words import percent
from selcn.report.html.grid import Cell, Grid, columns_of, number_cell, text_cell
from selcn.report.tables.render import NONE

CAPTION = "Images of one lesion that the search finds without their ids"


def detection_grid(table: pd.DataFrame) -> Grid | None:
    """Return the recall on known lesions and on changed images; None without any.

    Parameters
    ----------
    table
        Columns `selcn.evaluation.duplicate_detection.COLUMNS`.
    """
    rows = table[table["measure"].isin([RECALL, BY_LIKENESS, PLANTED])]
    if rows.empty:
        return None
    lines = []
    for (_, kind, dataset), found in rows.groupby(["measure", "kind", "dataset"], sort=False):
        at = found.set_index("certainty")
        sizes = [number_cell(int(found[size].iloc[0])) for size in ("lesions", "pairs")]
        shares = [_share(at.loc[name]) if name in at.index else Cell(NONE, sort="") for name in FOUND_AT]
        name = f"changed images: {kind}" if found["measure"].iloc[0] == PLANTED else kind
        lines.append((text_cell(name.capitalize()), text_cell(DATASETS[str(dataset)]), *sizes, *shares))
    numeric = ("Lesions", "Pairs", *(name.capitalize() for name in FOUND_AT))
    return Grid(CAPTION, columns_of(("Pairs of", "Data set", *numeric), numeric), tuple(lines))


def _share(row: pd.Series) -> Cell:
    text = f"{percent(row['share'])} ({percent(row['low'])} to {percent(row['high'])})"
    return Cell(text, sort=float(row["share"]))
