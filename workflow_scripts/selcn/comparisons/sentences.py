"""What the comparisons say to the thesis's research questions (section 1), in words that hold for what came out."""

from collections.abc import Mapping

import pandas as pd

from selcn.comparisons.pairs import CAMS, CAMS_OVER_SHAMS, MASKS, SHAMS, SYMMETRY_MASKS
from selcn.comparisons.table import HIGHER, LOWER, NOT_TOLD_APART
from selcn.comparisons.words import KINDS, metric_name, p_text, signed

# What a difference between networks with and without CAMs came to against networks with shams, which have the layer.
_EVERY = "came out so against every sham of the mask too, so that the layer alone is unlikely to account for it"
_NOT_EVERY = "did not against every sham of the mask, so that the layer may account for it"
_MISSING = "had no sham of the mask to be compared with"


def answers(predictions: pd.DataFrame, localisation: pd.DataFrame) -> dict[str, str]:
    """Return a paragraph for each of the thesis's two research questions and two subquestions.

    Parameters
    ----------
    predictions
        Rows of `selcn.comparisons.table.compare` of what networks predicted: lesion and symmetry networks together.
    localisation
        The same of where their maps lie. Either may lack any question; the paragraph then says so.

    Returns
    -------
    dict
        Keys "question 1", "question 2", "subquestion 1", "subquestion 2", in this order; a paragraph each.
    """
    prediction, place = "what lesion and symmetry networks predict", "where the networks' own maps lie"
    return {
        "question 1": _of_cams("CAMs and what the lesion network predicts", predictions),
        "question 2": _of_cams("CAMs and where the lesion network's own maps lie", localisation),
        "subquestion 1": _of_masks(f"Masks on the input and {prediction}", predictions),
        "subquestion 2": _of_masks(f"Masks on the input and {place}", localisation),
    }


def _of_cams(topic: str, table: pd.DataFrame) -> str:
    parts = _by_question(table, (CAMS, SHAMS, CAMS_OVER_SHAMS))
    sentences = [_findings(question, rows) for question, rows in parts.items()]
    if CAMS in parts:
        sentences.append(_attribution(parts[CAMS], parts.get(CAMS_OVER_SHAMS)))
    return _paragraph(topic, sentences, parts)


def _of_masks(topic: str, table: pd.DataFrame) -> str:
    parts = _by_question(table, (SYMMETRY_MASKS, MASKS))
    return _paragraph(topic, [_findings(question, rows) for question, rows in parts.items()], parts)


def _paragraph(topic: str, sentences: list[str], parts: Mapping[str, pd.DataFrame]) -> str:
    if not sentences:
        return f"{topic}: nothing was compared."
    return " ".join([f"{topic}.", *sentences, _scope(pd.concat(parts.values()))])


def _by_question(table: pd.DataFrame, questions: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    parts = {question: table[table["question"] == question] for question in questions}
    return {question: rows for question, rows in parts.items() if len(rows)}


def _findings(question: str, rows: pd.DataFrame) -> str:
    pairs, metrics = len(rows[["cell", "reference"]].drop_duplicates()), rows["metric"].nunique()
    counted = f"{_count(pairs, 'pair')}, {_count(metrics, 'metric')}"
    compared = f"{_count(len(rows), 'comparison')} of {' with '.join(KINDS[question])} ({counted})"
    by_outcome = {outcome: rows[rows["outcome"] == outcome] for outcome in (HIGHER, LOWER, NOT_TOLD_APART)}
    higher, lower, rest = map(len, by_outcome.values())
    parts = [f"Of {compared}, {higher} came out higher and {lower} lower; in {rest} no difference was found."]
    for outcome in (HIGHER, LOWER):
        if len(by_outcome[outcome]):
            parts.append(f"{outcome.capitalize()}: {_differences(by_outcome[outcome])}.")
    return " ".join([*parts, *_not_told_apart(by_outcome[NOT_TOLD_APART])])


def _not_told_apart(rows: pd.DataFrame) -> list[str]:
    """Return what is known of differences that were not found: the nearest to one, and what is not excluded."""
    defined = rows.dropna(subset=["low", "high"])
    sentences = []
    if len(defined):
        nearest = _differences(defined.sort_values("p_adjusted", kind="stable").head(1))
        sentences.append(
            f"Nearest to a difference of those not told apart is {nearest}. Their intervals reach from "
            f"{signed(defined['low'].min())} to {signed(defined['high'].max())}, and leave differences of such size "
            "open."
        )
    if undefined := len(rows) - len(defined):
        sentences.append(f"Without an interval, the metric being undefined on some draw of lesions: {undefined}.")
    return sentences


def _attribution(cams: pd.DataFrame, over_shams: pd.DataFrame | None) -> str:
    """Return whether what CAMs changed they also changed against shams, which have the layer and no CAMs."""
    if over_shams is None:
        return (
            "No network with CAMs has a sham to be compared with, so a difference may come from the layer that takes "
            "the CAMs in as well as from the CAMs."
        )
    against = [_against_shams(row, over_shams) for row in cams.itertuples() if row.outcome != NOT_TOLD_APART]
    if not against:
        return "With no difference found, shams have none to explain."
    counts = {kind: against.count(kind) for kind in (_EVERY, _NOT_EVERY, _MISSING) if kind in against}
    clauses = "; ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"Of the {len(against)} told apart from networks without CAMs, {clauses}."


def _against_shams(row: tuple, over_shams: pd.DataFrame) -> str:
    same = over_shams[(over_shams["cell"] == row.cell) & (over_shams["metric"] == row.metric)]
    if same.empty:
        return _MISSING
    return _EVERY if (same["outcome"] == row.outcome).all() else _NOT_EVERY


def _scope(rows: pd.DataFrame) -> str:
    sizes = rows[["lesions", "images"]].drop_duplicates().itertuples()
    sizes = " and ".join(f"{row.lesions:,} lesions ({row.images:,} images)" for row in sizes)
    seeds = sorted(set(rows["seeds"]))
    if max(seeds) == 1:
        trained = "they are of these trained networks, one seed each, and say nothing of training them anew"
    elif min(seeds) == 1:
        trained = "where there is one seed, they are of these trained networks alone, else of new trainings too"
    else:
        trained = f"they are of new trainings too, as far as {' or '.join(map(str, seeds))} seeds tell"
    return f"Intervals and p values are for lesions drawn as those measured were, here {sizes}; {trained}."


def _differences(rows: pd.DataFrame) -> str:
    pairs = rows.groupby(["cell", "reference"], sort=False)
    return "; ".join(
        f"{cell} against {reference}: {', '.join(_difference(row) for row in of_pair.itertuples())}"
        for (cell, reference), of_pair in pairs
    )


def _difference(row: tuple) -> str:
    interval = f"{100 * (1 - row.alpha):.0f} % interval {signed(row.low)} to {signed(row.high)}"
    return f"{metric_name(row.metric)} {signed(row.difference)} ({interval}, adjusted p {p_text(row.p_adjusted)})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
