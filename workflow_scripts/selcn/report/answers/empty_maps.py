"""Empty CAMs as an explanation of differences in localisation."""

import pandas as pd

from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.words import count_of, percent
from selcn.report.tables.blocks import markdown_grid

EMPTY = "empty_cam"
MISSES = ("iou", "hit", "hit_undilated")
"""Metrics that count an empty CAM as a miss."""

PAIR = ["cell", "reference"]


def empty_maps(rows: pd.DataFrame) -> str:
    """Return which differences empty CAMs may explain, and in how many pairs the share of empty CAMs differs.

    Parameters
    ----------
    rows
        Rows of `selcn.evaluation.comparisons.table.compare`.

    Returns
    -------
    str
        A short paragraph; empty where the rows are not of localisation.
    """
    empty = _empty(rows)
    if empty.empty:
        return ""
    more, fewer = (int((empty["outcome"] == outcome).sum()) for outcome in (HIGHER, LOWER))
    of_all = count_of(len(empty), "pair")
    shares = f"Share of empty CAMs: significantly higher in {more} and lower in {fewer} of {of_all}."
    return " ".join([*_explanation(rows), shares, *_overlap(rows)])


def empty_shares(rows: pd.DataFrame) -> str:
    """Return a table of Markdown: the shares of empty CAMs in the pairs whose difference they may explain."""
    shares: dict[str, float] = {}
    for (cell, reference), row in _explained(rows).items():
        shares |= {reference: row["reference_score"], cell: row["cell_score"]}
    return (
        markdown_grid(["Network", "Empty CAMs"], [[cell, percent(x)] for cell, x in shares.items()]) if shares else ""
    )


def _empty(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["metric"] == EMPTY].set_index(PAIR)


def _missed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the significant differences in metrics that count an empty CAM as a miss."""
    return rows[rows["metric"].isin(MISSES) & (rows["outcome"] != NOT_SIGNIFICANT)]


def _explained(rows: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    """Return the pairs, with their row of the share of empty CAMs, whose lower score goes with more empty CAMs."""
    explained, empty = {}, _empty(rows)
    for row in _missed(rows).itertuples() if len(empty) else ():
        shares = empty.loc[row.cell, row.reference]
        differ = percent(shares["reference_score"]) != percent(shares["cell_score"])
        if row.difference * shares["difference"] < 0 and differ:
            explained[row.cell, row.reference] = shares
    return explained


def _explanation(rows: pd.DataFrame) -> list[str]:
    """Return in how many pairs empty CAMs may explain a significant difference; empty without such a difference."""
    pairs, explained = len(_missed(rows)[PAIR].drop_duplicates()), _explained(rows)
    if not pairs:
        return []
    if not explained:
        return [
            "IoU and the pointing game count an empty CAM as a miss, but in none of the pairs with a significant "
            f"difference in them ({pairs}) does the network with the lower score have more empty CAMs."
        ]
    significantly = sum(shares["outcome"] != NOT_SIGNIFICANT for shares in explained.values())
    return [
        f"**In {len(explained)} of {pairs} pairs with a significant difference in IoU or the pointing game, empty CAMs "
        "may explain part or all of it.** Both metrics count an empty CAM as a miss, and the network with the lower "
        f"score has more of them (significantly more in {significantly} of {len(explained)})."
    ]


def _overlap(rows: pd.DataFrame) -> list[str]:
    """Return the number of images behind percentage overlap, where it is not all of them."""
    overlap, images = rows[rows["metric"] == "overlap"], rows["images"].max()
    few, many = overlap["images"].min(), overlap["images"].max()
    if overlap.empty or few == images:
        return []
    spread = f"{few:,} of {images:,}" if few == many else f"{few:,} to {many:,} of {images:,}, depending on the pair"
    return [f"Percentage overlap uses only images where neither CAM is empty: {spread}."]
