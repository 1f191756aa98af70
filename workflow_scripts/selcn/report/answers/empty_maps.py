"""What of differences between maps may be of how many maps are empty, in words."""

import pandas as pd

from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.words import count_of, listed, percent

EMPTY = "empty_cam"
MISSES = ("iou", "hit", "hit_undilated")
"""Metrics that count an empty map as a miss."""

PAIR = ["cell", "reference"]


def empty_maps(rows: pd.DataFrame) -> str:
    """Return in how many pairs the shares of empty maps differ, and what of the other differences may be of that.

    Parameters
    ----------
    rows
        Of `selcn.evaluation.comparisons.table.compare`.

    Returns
    -------
    str
        Some sentences; empty where the rows are not of maps.
    """
    empty = rows[rows["metric"] == EMPTY].set_index(PAIR)
    if empty.empty:
        return ""
    more, fewer = (int((empty["outcome"] == outcome).sum()) for outcome in (HIGHER, LOWER))
    apart = f"{more + fewer} of {count_of(len(empty), 'pair')} told apart"
    apart += f", more being empty in {more} and fewer in {fewer}" if more + fewer else ""
    sentences = [f"By the share of empty maps: {apart}."]
    told = rows[rows["metric"].isin(MISSES) & (rows["outcome"] != NOT_SIGNIFICANT)]
    if len(told):
        sentences.append(_misses(told, empty))
    return " ".join([*sentences, *_overlap(rows)])


def _misses(told: pd.DataFrame, empty: pd.DataFrame) -> str:
    """Return in which pairs that were told apart the lower score goes with more empty maps."""
    pairs, fit = set(), {}
    for row in told.itertuples():
        pair = (row.cell, row.reference)
        pairs.add(pair)
        shares = empty.loc[pair]
        both = percent(shares["reference_score"]), percent(shares["cell_score"])
        if row.difference * shares["difference"] < 0 and both[0] != both[1]:
            fit[pair] = shares
    rule, among = "IoU and the pointing game count an empty map as a miss.", count_of(len(pairs), "pair")
    if not fit:
        return f"{rule} In none of the {among} that they told apart has the cell with the lower score more empty maps."
    apart = sum(shares["outcome"] != NOT_SIGNIFICANT for shares in fit.values())
    of_cell: dict[str, float] = {}
    for (cell, reference), shares in fit.items():
        of_cell |= {reference: shares["reference_score"], cell: shares["cell_score"]}
    named = listed([f"{cell} {percent(share)}" for cell, share in of_cell.items()])
    return (
        f"{rule} In {len(fit)} of the {among} that they told apart the cell with the lower score has more empty maps "
        f"(told apart in {apart}), so that the difference may be, in part or altogether, of how many maps are empty "
        f"instead of where maps lie. Shares of empty maps: {named}."
    )


def _overlap(rows: pd.DataFrame) -> list[str]:
    """Return of how many images overlap is, where that is not all."""
    overlap, images = rows[rows["metric"] == "overlap"], rows["images"].max()
    few, many = overlap["images"].min(), overlap["images"].max()
    if overlap.empty or few == images:
        return []
    spread = f"{few:,}" if few == many else f"{few:,} to {many:,}"
    return [f"Percentage overlap is of images where neither map is empty: {spread} of {images:,}, by the pair."]
