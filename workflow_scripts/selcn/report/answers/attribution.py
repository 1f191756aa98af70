"""What a difference between networks with and without CAMs may come from, by what shams control for, in words."""

import pandas as pd

from selcn.design.cam_sources import SHAMS
from selcn.design.cells import split_cell
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.words import CONTROLS, count_of, listed, metric_name

_OTHER = {HIGHER: LOWER, LOWER: HIGHER}


def attribution(cams: pd.DataFrame, over_shams: pd.DataFrame) -> str:
    """Return from which shams cells with CAMs were told apart as from the cell without, and what stays open.

    A sham that a cell was not told apart from, in the same direction, may account for its difference, by what that sham
    controls for. Only what was told apart from every sham speaks for symmetry.

    Parameters
    ----------
    cams, over_shams
        Rows of `selcn.evaluation.comparisons.table.compare`: cells with CAMs against those without, and against shams.

    Returns
    -------
    str
        A paragraph.
    """
    told = cams[cams["outcome"] != NOT_SIGNIFICANT]
    if told.empty:
        return "No network with CAMs was told apart from the one without, so that there is no difference to attribute."
    sentences, alone, unlike = [], [], False
    for (cell, outcome), rows in told.groupby(["cell", "outcome"], sort=False):
        against = over_shams[(over_shams["cell"] == cell) & over_shams["metric"].isin(rows["metric"])]
        if against.empty:
            alone.append(cell)
        else:
            sentences.append(_of_cell(cell, outcome, rows["metric"].tolist(), against))
            unlike = unlike or bool((against["outcome"] != outcome).any())
    if unlike:
        sentences.append(
            "Where it is not so against a sham, what that sham controls for may account for the difference; or there "
            "were too few lesions or trainings to tell, for what is not told apart need not be equal."
        )
    if alone := list(dict.fromkeys(alone)):
        sentences.append(
            f"{listed(alone)}: no shams of the mask to be compared with, so that the difference may come from the "
            "layer as well as from the CAMs."
        )
    return " ".join(["What the differences from networks without CAMs may come from.", *sentences])


def _of_cell(cell: str, outcome: str, metrics: list[str], against: pd.DataFrame) -> str:
    """Return what shams say of the metrics by which a cell with CAMs came out so against the one without."""
    against = against.assign(sham=[split_cell(reference)[1] for reference in against["reference"]])
    found = {sham: rows["outcome"] for sham, rows in against.groupby("sham")}
    shams = [sham for sham in (*SHAMS, *sorted(set(found) - set(SHAMS))) if sham in found]
    alike = [sham for sham in shams if (found[sham] == outcome).all()]
    others = [_not_alike(sham, found[sham], outcome) for sham in shams if sham not in alike]
    missing = [_named(sham) for sham in SHAMS if sham not in found]
    said = {"so too against": alike, "not so against": others, "not compared with": missing}
    clauses = "; ".join(f"{words} {listed(named)}" for words, named in said.items() if named)
    head = f"{cell} is {outcome} than without CAMs in {count_of(len(metrics), 'metric')}"
    return f"{head}: {clauses}. {_conclusion(outcome, metrics, against, bool(missing))}"


def _not_alike(sham: str, outcomes: pd.Series, outcome: str) -> str:
    """Return a sham from which a cell was not told apart in the same direction, what it controls for and how often."""
    reverse, open_ = (int((outcomes == kind).sum()) for kind in (_OTHER[outcome], NOT_SIGNIFICANT))
    details = [CONTROLS[sham]] if sham in CONTROLS else []
    if len(outcomes) > 1:
        details.append(f"in {reverse + open_} of {len(outcomes)}")
    if reverse:
        details.append(f"the sham is the {outcome} one" + (f" in {reverse}" if len(outcomes) > 1 else ""))
    return f"{sham} ({'; '.join(details)})" if details else sham


def _conclusion(outcome: str, metrics: list[str], against: pd.DataFrame, missing: bool) -> str:
    """Return what this says of symmetry: something only where every sham was compared with and told apart."""
    by_metric = (against["outcome"] == outcome).groupby(against["metric"]).all()
    from_all = [] if missing else [metric for metric in metrics if by_metric[metric]]
    if not from_all:
        return "So whether symmetry accounts for this stays open."
    if len(from_all) == len(metrics):
        return (
            "Nothing that shams control for is likely to account for this by itself, which speaks for symmetry as "
            "its cause, as far as these shams go."
        )
    names = listed([metric_name(metric) for metric in from_all])
    return f"By {names} this speaks for symmetry as the cause, as far as these shams go; by the others it stays open."


def _named(sham: str) -> str:
    return f"{sham} ({CONTROLS[sham]})" if sham in CONTROLS else sham
