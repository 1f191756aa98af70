"""The positive control: whether the E-Layer can use a map that tells the class, and how much a map must tell."""

from typing import Any

import pandas as pd

from selcn.design.cam_sources import ORACLES, ZEROS, Oracle
from selcn.design.cells import mask_of, split_cell
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER
from selcn.report.answers.words import ci_name, metric_name, p_text, signed
from selcn.report.tables.blocks import NONE, markdown_grid
from selcn.report.tables.models import label_of

METRIC = "macro_f1"

FAR_ABOVE = 0.05
"""The gain in macro F1 over zeros that the oracle's interval must lie above for the control to pass (decisions.md)."""

EXPLAINED = (
    "An **oracle control** is a positive control: a cell whose extra layer takes a map that tells the image's true "
    "class by its strength, or in `oracleplace` by the place of a disc. `oracle50`, `oracle25` and `oracle10` tell it "
    "for 50, 25 and 10 % of the images; all others get the map of a random class. Oracle controls are given the label, "
    "so their scores are no performance."
)
"""What an oracle control is."""


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return the gains of oracle controls over zeros in macro F1, the largest share told first.

    Parameters
    ----------
    table
        Rows of `selcn.evaluation.comparisons.table.compare`.

    Returns
    -------
    DataFrame
        The rows of these pairs; columns added: mask, share and by_place, as in `selcn.design.cam_sources.Oracle`.
    """
    rows = table[(table["question"] == Question.ORACLES) & (table["metric"] == METRIC)]
    told = pd.DataFrame(
        [ORACLES[split_cell(cell)[1]] for cell in rows["cell"]], columns=list(Oracle._fields), index=rows.index
    )
    told = told.astype({"share": float, "by_place": bool})
    rows = rows.assign(mask=[mask_of(cell) for cell in rows["cell"]], **told)
    return rows.sort_values("share", ascending=False, kind="stable")


def sensitivity(table: pd.DataFrame) -> list[str]:
    """Return a paragraph for each input mask with oracle controls: whether maps can be used, and the share to be seen.

    The control passes where the confidence interval of the gain of `oracle`, whose maps tell the class of every image
    by strength, lies above `FAR_ABOVE`. Where it lies below, the E-Layer cannot use such a map; where it reaches
    across, neither is shown. Likewise for `oracleplace`. The share to be seen is the smallest from which on every gain
    is significant.
    """
    return [_paragraph(rows) for _, rows in gains(table).groupby("mask", sort=False)]


def gains_table(table: pd.DataFrame) -> str:
    """Return the gains of oracle controls over zeros as a table of Markdown; empty without any."""
    rows = gains(table)
    if rows.empty:
        return ""
    ci = ci_name(rows["alpha"].iloc[0])
    head = ["Oracle control", "Class told", "By", "Macro F1", "Gain over zeros", ci, "Adjusted p", "Outcome"]
    return markdown_grid(head, [_line(row) for row in rows.itertuples()])


def _line(row: Any) -> list[str]:
    by = "place" if row.by_place else "strength"
    return [row.cell, _told(row.share), by, f"{row.cell_score:.3f}", *_gain(row), row.outcome]


def _paragraph(rows: pd.DataFrame) -> str:
    lead = f"**Positive control ({label_of('lesion', rows['cell'].iloc[0])[1]}):"
    by_strength, by_place = rows[~rows["by_place"]], rows[rows["by_place"]]
    full = by_strength[by_strength["share"] == 1]
    if full.empty:
        return f"{lead} undecided**, because `oracle` was not compared with {ZEROS}."
    full = full.dropna(subset="low")
    if full.empty:
        return f"{lead} undecided**, because the gain of `oracle` over {ZEROS} has no confidence interval."
    passed = full["low"].iloc[0] > FAR_ABOVE
    verdict = f"{_can_use(full)} {'a map' if passed else 'even a map'} that tells the class"
    verdict += ".**" if passed else ", so comparisons of maps say nothing in this setting.**"
    sentences = [lead, verdict, f"With a map whose strength tells the class of every image, {_figures(full)}."]
    sentences += [_seen(by_strength)] if passed else []
    rule = f"The control passes if the interval lies above {signed(FAR_ABOVE)}."
    return " ".join([*sentences, *_place(by_place.dropna(subset="low")), rule])


def _figures(rows: pd.DataFrame) -> str:
    (row,) = rows.itertuples()
    difference, interval, p = _gain(row)
    return (
        f"{metric_name(METRIC)} is {row.cell_score:.3f}, {difference} compared with {ZEROS} ({ci_name(row.alpha)} "
        f"{interval}, adjusted p {p})"
    )


def _seen(rows: pd.DataFrame) -> str:
    """Return the smallest share told from which on every gain over zeros is significant."""
    seen = (rows["outcome"] == HIGHER).cummin()
    if not seen.any():
        return "None of the gains is significant, so how much a map would have to tell stays unknown."
    share, least = rows["share"][seen].min(), rows["share"].min()
    if share == least:
        return f"A map that tells the class of {_told(share)} of the images, the least tested, is enough to be seen."
    smaller = _told(rows["share"][rows["share"] < share].max())
    return (
        f"A map would have to tell the class of about {_told(share)} of the images to be seen; at {smaller} the gain "
        "is not significant."
    )


def _place(rows: pd.DataFrame) -> list[str]:
    """Return whether the E-Layer can use where a map is bright; empty without a gain of `oracleplace`."""
    if rows.empty:
        return []
    text = f"Where a disc's place tells the class and its strength does not, {_figures(rows)}: {_can_use(rows)} where a"
    if rows["low"].iloc[0] > FAR_ABOVE:
        return [f"{text} map is bright."]
    return [f"{text} map is bright, so comparisons of maps that differ only in place say nothing."]


def _can_use(rows: pd.DataFrame) -> str:
    """Return whether the E-Layer can use a map, by the confidence interval of one gain."""
    (row,) = rows.itertuples()
    if row.low > FAR_ABOVE:
        return "the E-Layer can use"
    return "the E-Layer cannot use" if row.high <= FAR_ABOVE else "it is not shown that the E-Layer can use"


def _told(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _gain(row: Any) -> tuple[str, str, str]:
    """Return a gain over zeros, its confidence interval and its adjusted p."""
    undefined = pd.isna(row.low) or pd.isna(row.high)
    interval = NONE if undefined else f"{signed(row.low)} to {signed(row.high)}"
    return signed(row.difference), interval, p_text(row.p_adjusted)
