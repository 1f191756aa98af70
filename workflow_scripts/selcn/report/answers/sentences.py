"""What the comparisons say to the thesis's research questions (section 1), in words that hold for what came out."""

from collections.abc import Callable

import pandas as pd

from selcn.design.cells import split_cell
from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.attribution import attribution
from selcn.report.answers.empty_maps import EMPTY, PAIR, empty_maps
from selcn.report.answers.words import KINDS, NEW_TRAININGS, ONE_NETWORK, count_of, listed, metric_name, p_text, signed


def answers(predictions: pd.DataFrame, localisation: pd.DataFrame) -> dict[str, str]:
    """Return what is to be said to each of the thesis's two research questions and two subquestions.

    Parameters
    ----------
    predictions
        Rows of `selcn.evaluation.comparisons.table.compare` of the lesion and the symmetry networks' predictions.
    localisation
        The same of where their maps lie. Either may lack any question; the text then says so.

    Returns
    -------
    dict
        Keys "question 1", "question 2", "subquestion 1", "subquestion 2", in this order; each some short paragraphs
        with an empty line between them. A pair that was told apart stands there once, with its largest difference.
    """
    of_cams, of_masks = (
        (Question.CAMS, Question.SHAMS, Question.CAMS_OVER_SHAMS),
        (Question.SYMMETRY_MASKS, Question.MASKS),
    )
    return {
        "question 1": _text(predictions, of_cams, _trainings),
        "question 2": _text(localisation, of_cams, _networks_of_maps),
        "subquestion 1": _text(predictions, of_masks, _trainings),
        "subquestion 2": _text(localisation, of_masks, _networks_of_maps),
    }


def _text(table: pd.DataFrame, questions: tuple[str, ...], networks: Callable[[pd.DataFrame], str]) -> str:
    parts = {question: table[table["question"] == question] for question in questions}
    parts = {question: rows for question, rows in parts.items() if len(rows)}
    if not parts:
        return "Nothing was compared."
    every = pd.concat(parts.values())
    # How many maps are empty is told apart from how well they lie.
    scores = {question: rows[rows["metric"] != EMPTY] for question, rows in parts.items()}
    metrics = every["metric"][every["metric"] != EMPTY].unique()
    paragraphs = [f"Compared by {listed([metric_name(metric) for metric in metrics])}."]
    paragraphs += [_findings(question, rows) for question, rows in scores.items()]
    paragraphs.append(empty_maps(every))
    if Question.CAMS in scores:
        paragraphs.append(
            attribution(scores[Question.CAMS], scores.get(Question.CAMS_OVER_SHAMS, scores[Question.CAMS].iloc[:0]))
        )
    return "\n\n".join(filter(None, [*paragraphs, f"{_lesions(every)} {networks(every)}"]))


def _findings(question: str, rows: pd.DataFrame) -> str:
    """Return what came out of one question's comparisons: each pair told apart, and what of the others stays open."""
    what, other = KINDS[question]
    told = rows[rows["outcome"] != NOT_SIGNIFICANT]
    pairs, apart = (len(part[PAIR].drop_duplicates()) for part in (rows, told))
    found = f"{what[0].upper()}{what[1:]} against {other}: {apart or 'none'} of {count_of(pairs, 'pair')} told apart"
    listing = f" by some metric. {_told_apart(question, rows, told)}." if apart else "."
    return " ".join([found + listing, *_open(rows[rows["outcome"] == NOT_SIGNIFICANT], len(rows))])


def _told_apart(question: str, rows: pd.DataFrame, told: pd.DataFrame) -> str:
    """Return the pairs, those of one cell together, each with how many metrics and its largest difference."""
    metrics, texts = rows["metric"].nunique(), []
    for cell, of_cell in told.groupby("cell", sort=False):
        against = []
        for reference, of_pair in of_cell.groupby("reference", sort=False):
            # Only of shams has a cell several to be compared with.
            than = f" than with {split_cell(reference)[1]}" if question == Question.CAMS_OVER_SHAMS else ""
            against.append(_told_pair(of_pair, than, metrics))
        texts.append(f"{cell} is {'; '.join(against)}")
    return ". ".join(texts)


def _told_pair(told: pd.DataFrame, than: str, metrics: int) -> str:
    counts = [(outcome, int((told["outcome"] == outcome).sum())) for outcome in (HIGHER, LOWER)]
    directions = " and ".join(f"{outcome} in {count}" for outcome, count in counts if count)
    largest = _difference(told.loc[told["difference"].abs().idxmax()])
    return f"{directions} of {count_of(metrics, 'metric')}{than} (most by {largest})"


def _open(rows: pd.DataFrame, compared: int) -> list[str]:
    """Return what is known of differences that were not found: the nearest to one, and what is not excluded."""
    if rows.empty:
        return []
    sentences = [f"In {len(rows)} of {count_of(compared, 'comparison')} no difference was found."]
    defined = rows.dropna(subset=["low", "high"])
    if len(defined):
        nearest = defined.sort_values("p_adjusted", kind="stable").iloc[0]
        low, high = signed(defined["low"].min()), signed(defined["high"].max())
        sentences.append(
            f"Nearest to one is {nearest.cell} against {nearest.reference} ({_difference(nearest)}); the intervals of "
            f"these reach from {low} to {high}, and leave differences of such size open."
        )
    if undefined := len(rows) - len(defined):
        sentences.append(f"Without an interval, the metric being undefined on some draw of lesions: {undefined}.")
    return sentences


def _difference(row: pd.Series) -> str:
    interval = f"{100 * (1 - row.alpha):.0f} % interval {signed(row.low)} to {signed(row.high)}"
    return f"{metric_name(row.metric)} {signed(row.difference)}, {interval}, adjusted p {p_text(row.p_adjusted)}"


def _lesions(rows: pd.DataFrame) -> str:
    sizes = rows.groupby("testset", sort=False)[["lesions", "images"]].max().itertuples()
    sizes = " and ".join(f"{row.lesions:,} of {DATASETS[row.Index]} ({row.images:,} images)" for row in sizes)
    return f"Intervals and p values are for lesions drawn as those measured were: {sizes}."


def _trainings(rows: pd.DataFrame) -> str:
    """Return of which trainings differences of predictions are."""
    seeds = sorted(set(rows["seeds"]))
    if max(seeds) == 1:
        return "They are of these trained networks, one seed each, and say nothing of training them anew."
    several = f"of {NEW_TRAININGS}, as far as {' or '.join(str(number) for number in seeds if number > 1)} seeds tell"
    if min(seeds) > 1:
        return f"They are {several}."
    return f"Of pairs with one seed they are of these trained networks alone; of the others, {several}."


def _networks_of_maps(rows: pd.DataFrame) -> str:
    """Return of which networks differences of maps are."""
    return f"They are of one network a cell ({ONE_NETWORK}) and say nothing of training it anew."
