"""Attribution of differences between networks with and without CAMs, from their comparison with sham controls."""

import pandas as pd

from selcn.design.cam_sources import SHAMS, ZEROS
from selcn.design.cells import split_cell
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.names import name_of
from selcn.report.answers.words import CONTROLS, count_of, listed, metric_name
from selcn.report.tables.blocks import NONE, markdown_grid

_OPPOSITE = {HIGHER: LOWER, LOWER: HIGHER}
_NOUNS = {HIGHER: "increase", LOWER: "decrease"}
_OPEN = "**Whether symmetry explains the differences from networks without CAMs stays open.**"


def attribution(cams: pd.DataFrame, over_shams: pd.DataFrame) -> str:
    """Return whether symmetry may be the cause of the differences of cells with CAMs, and what stays open.

    Only a difference that remains significant, in the same direction, against every sham control supports symmetry. A
    sham control against which it does not remain may account for it by what the control isolates.

    Parameters
    ----------
    cams, over_shams
        Rows of `selcn.evaluation.comparisons.table.compare`: cells with CAMs against those without, and against sham
        controls.

    Returns
    -------
    str
        Short paragraphs.
    """
    significant, against = _significant(cams), _against_shams(cams, over_shams)
    if significant.empty:
        return "**Nothing to attribute:** no network with CAMs differs significantly from the one without."
    rest = []
    if not against["remains"].all():
        rest.append(
            "Where a difference does not remain, what the sham control isolates may account for it, or there are too "
            "few lesions or trainings to tell: no significant difference does not mean equal."
        )
    if alone := [cell for cell in dict.fromkeys(significant["cell"]) if cell not in set(against["cell"])]:
        rest.append(
            "Cells without sham controls, whose differences may come from the extra layer as well as from the CAMs: "
            f"{listed([name_of('lesion', cell) for cell in alone])}."
        )
    return "\n\n".join(filter(None, [_conclusion(against) if len(against) else _OPEN, " ".join(rest)]))


def remaining(cams: pd.DataFrame, over_shams: pd.DataFrame) -> str:
    """Return a table of Markdown: in how many metrics each cell's differences remain against each sham control.

    Parameters are those of `attribution`; the text is empty without a comparison with sham controls.
    """
    significant, against = _significant(cams), _against_shams(cams, over_shams)
    if against.empty:
        return ""
    counts = significant.groupby(["cell", "outcome"], sort=False).size()
    columns = [key for key in counts.index if key[0] in set(against["cell"])]
    head = ["Sham control", "Isolates", *(f"{cell}: {outcome} in {counts[cell, outcome]}" for cell, outcome in columns)]
    lines = []
    for sham in (*SHAMS, *sorted(set(against["sham"]) - set(SHAMS))):
        rows = against[against["sham"] == sham]
        entries = [_entry(rows[(rows["cell"] == cell) & (rows["outcome"] == outcome)]) for cell, outcome in columns]
        lines.append([sham, CONTROLS.get(sham, NONE), *entries])
    return markdown_grid(head, lines)


def _significant(cams: pd.DataFrame) -> pd.DataFrame:
    return cams[cams["outcome"] != NOT_SIGNIFICANT][["cell", "metric", "outcome"]]


def _against_shams(cams: pd.DataFrame, over_shams: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons of significant differences with sham controls: columns sham, found and remains added."""
    against = _significant(cams).merge(over_shams.rename(columns={"outcome": "found"}), on=["cell", "metric"])
    shams = [split_cell(reference)[1] for reference in against["reference"]]
    return against.assign(sham=shams, remains=against["found"] == against["outcome"])


def _supported(against: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Return, by cell and outcome, the metrics whose difference remains against every sham control."""
    supported = {}
    for (cell, outcome), rows in against.groupby(["cell", "outcome"], sort=False):
        remains = rows.groupby("metric", sort=False)["remains"].all()
        if set(SHAMS) <= set(rows["sham"]) and remains.any():
            supported[cell, outcome] = list(remains.index[remains])
    return supported


def _conclusion(against: pd.DataFrame) -> str:
    """Return whether the results support symmetry as the cause of any difference, and the rule behind it."""
    supported = _supported(against)
    differences, found = len(against.drop_duplicates(["cell", "metric"])), sum(map(len, supported.values()))
    lead = _OPEN
    if supported:
        named = [
            f"{name_of('lesion', cell)}: {outcome} by {listed([metric_name(metric) for metric in metrics])}"
            for (cell, outcome), metrics in supported.items()
        ]
        lead = f"**As far as these sham controls go, the results support symmetry as the cause for {listed(named)}.**"
        lead += " For the other differences it stays open." if found < differences else ""
    cells = count_of(against["cell"].nunique(), "cell")
    rule = (
        "A difference supports symmetry as its cause only if it remains significant, in the same direction, against "
        f"every sham control: true of {found} of {count_of(differences, 'difference')} in {cells} with sham controls."
    )
    return " ".join([lead, rule, *_against_zeros(against)])


def _against_zeros(against: pd.DataFrame) -> list[str]:
    """Return in how many comparisons the differences remain against the zeros control; empty without any."""
    sentences = []
    for outcome, rows in against[against["sham"] == ZEROS].groupby("outcome", sort=False):
        remains, of_all = int(rows["remains"].sum()), count_of(len(rows), "comparison")
        found = f"a significant {_NOUNS[outcome]} remains in {remains} of {of_all}"
        if not remains:
            found = f"no significant {_NOUNS[outcome]} remains ({of_all})"
        sentences.append(f"Against the {ZEROS} control, which isolates {CONTROLS[ZEROS]}, {found}.")
    return sentences


def _entry(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "not compared"
    opposite = int((rows["found"] == rows["outcome"].map(_OPPOSITE)).sum())
    return f"{int(rows['remains'].sum())} of {len(rows)}" + (f", opposite in {opposite}" if opposite else "")
