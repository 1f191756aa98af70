"""Answers to the thesis's research questions (section 1), written from the outcomes of the comparisons."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.pairs import Pair, Question
from selcn.evaluation.comparisons.power import POWER, smallest_difference
from selcn.evaluation.comparisons.table import HIGHER, LOWER, NOT_SIGNIFICANT
from selcn.report.answers.attribution import attribution, remaining
from selcn.report.answers.empty_maps import EMPTY, PAIR, empty_maps, empty_shares
from selcn.report.answers.left_out import left_out
from selcn.report.answers.names import pair_name
from selcn.report.answers.sensitivity import gains_table, sensitivity
from selcn.report.answers.words import (
    KINDS,
    ONE_NETWORK,
    RETRAINING,
    ci_name,
    count_of,
    listed,
    metric_name,
    p_text,
    signed,
    unsigned,
)
from selcn.report.tables.blocks import NONE, markdown_grid

OF_CAMS = (Question.CAMS, Question.SHAMS, Question.CAMS_OVER_SHAMS)
OF_MASKS = (Question.SYMMETRY_MASKS, Question.MASKS)
_REMAINING = (
    "Metrics with a significant difference from the cell without CAMs, and in how many of them the difference remains "
    "significant, in the same direction, against each sham control:"
)
_GAINS = "Oracle controls by the share of the images whose map tells the class:"


def answers(
    predictions: pd.DataFrame, localisation: pd.DataFrame, not_compared: Sequence[Pair], failed: Mapping[str, str]
) -> dict[str, str]:
    """Return the answers to the thesis's two research questions and two subquestions.

    Parameters
    ----------
    predictions, localisation
        Rows of `selcn.evaluation.comparisons.table.compare`: of the predictions of lesion and symmetry networks, and
        of the localisation of their CAMs. Either may lack any question; the text then says so.
    not_compared, failed
        Pairs that both lack because a cell or model failed, and the reason of each of these.

    Returns
    -------
    dict
        Keys "question 1", "question 2", "subquestion 1", "subquestion 2", in this order; each short paragraphs, the
        finding first, and under them tables of Markdown. A pair with significant differences stands there once, with
        its largest one.
    """
    with_oracles, of_cams, of_masks = (
        left_out([pair for pair in not_compared if pair.question in questions], failed)
        for questions in ((*OF_CAMS, Question.ORACLES), OF_CAMS, OF_MASKS)
    )
    return {
        "question 1": _text(predictions, OF_CAMS, _retraining, with_oracles),
        "question 2": _text(localisation, OF_CAMS, _networks_of_cams, of_cams),
        "subquestion 1": _text(predictions, OF_MASKS, _retraining, of_masks),
        "subquestion 2": _text(localisation, OF_MASKS, _networks_of_cams, of_masks),
    }


def _text(
    table: pd.DataFrame,
    questions: tuple[Question, ...],
    networks: Callable[[pd.DataFrame], str],
    missing: str,
) -> str:
    parts = {question: table[table["question"] == question] for question in questions}
    parts = {question: rows for question, rows in parts.items() if len(rows)}
    if not parts:
        return f"Nothing was compared. {missing}".strip()
    every = pd.concat(parts.values())
    # The share of empty CAMs is no score of localisation.
    scores = {question: rows[rows["metric"] != EMPTY] for question, rows in parts.items()}
    paragraphs = [_finding(question, rows) for question, rows in scores.items()]
    tables = {"Pairs with a significant difference, each with its largest one:": _significant(scores.values())}
    # Oracle controls are no networks with CAMs: they say whether comparisons of maps can find anything.
    if Question.CAMS in questions:
        paragraphs += sensitivity(table)
        tables[_GAINS] = gains_table(table)
    if Question.CAMS in scores:
        with_shams = scores[Question.CAMS], scores.get(Question.CAMS_OVER_SHAMS, scores[Question.CAMS].iloc[:0])
        paragraphs.append(attribution(*with_shams))
        tables[_REMAINING] = remaining(*with_shams)
    tables["Share of empty CAMs:"] = empty_shares(every)
    blocks = [block for caption, table in tables.items() if table for block in (caption, table)]
    return "\n\n".join(filter(None, [*paragraphs, missing, empty_maps(every), *blocks, _how(every, networks)]))


def _finding(question: Question, rows: pd.DataFrame) -> str:
    """Return the outcome of one question's comparisons, its largest difference and what is not ruled out."""
    compared, reference = KINDS[question]
    significant, rest = rows[rows["outcome"] != NOT_SIGNIFICANT], rows[rows["outcome"] == NOT_SIGNIFICANT]
    pairs, metrics = len(rows[PAIR].drop_duplicates()), rows["metric"].nunique()
    of_all = f"{count_of(len(rows), 'comparison')} ({count_of(pairs, 'pair')}, {count_of(metrics, 'metric')})"
    counts = [(outcome, int((rows["outcome"] == outcome).sum())) for outcome in (HIGHER, LOWER)]
    verdict = " and ".join(f"{outcome} in {count}" for outcome, count in counts if count)
    verdict = f"significantly {verdict} of {of_all}" if verdict else f"no significant difference in {of_all}"
    sentences = [f"**{compared[0].upper()}{compared[1:]} vs. {reference}: {verdict}.**"]
    if len(significant):
        apart = len(significant[PAIR].drop_duplicates())
        differ = "differs" if apart == 1 else "differ"
        sentences.append(f"{apart} of {count_of(pairs, 'pair')} {differ} significantly in at least one metric.")
        sentences.append(f"Largest difference: {_difference(_largest(significant))}.")
    return " ".join([*sentences, *_not_significant(rest, len(rows))])


def _not_significant(rows: pd.DataFrame, compared: int) -> list[str]:
    """Return what comparisons without a significant difference do not rule out, and the closest to significance."""
    if rows.empty:
        return []
    if len(rows) < compared:
        sentences = [f"No significant difference: {len(rows)} of {count_of(compared, 'comparison')}."]
    else:
        sentences = []
    defined = rows.dropna(subset=["low", "high"])
    if len(defined):
        low, high = signed(defined["low"].min()), signed(defined["high"].max())
        sentences += [
            f"Their {ci_name(defined['alpha'].iloc[0])}s reach from {low} to {high}: differences up to this size are "
            "not ruled out.",
            _smallest(defined, compared),
            f"Closest to significance: {_difference(defined.sort_values(['p_adjusted', 'p'], kind='stable').iloc[0])}.",
        ]
    if undefined := len(rows) - len(defined):
        has = "has" if undefined == 1 else "have"
        sentences.append(f"{undefined} {has} no CI, because the metric is undefined on some resample of the lesions.")
    return sentences


def _smallest(rows: pd.DataFrame, compared: int) -> str:
    """Return the smallest difference that the least precise comparison of each metric finds."""
    found = smallest_difference(rows["low"].to_numpy(), rows["high"].to_numpy(), rows["alpha"].iloc[0], compared)
    sizes = rows.assign(found=found).groupby("metric", sort=False)["found"].max().items()
    sizes = listed([f"{metric_name(str(metric))} {unsigned(size)}" for metric, size in sizes])
    return f"Smallest difference found with a power of {100 * POWER:.0f} % after correction: {sizes}."


def _significant(parts: Iterable[pd.DataFrame]) -> str:
    """Return the pairs with a significant difference as a table, each with its largest one; empty without any."""
    lines, ci = [], ""
    for rows in parts:
        metrics, significant = rows["metric"].nunique(), rows[rows["outcome"] != NOT_SIGNIFICANT]
        for pair, of_pair in significant.groupby(PAIR, sort=False):
            counts = [int((of_pair["outcome"] == outcome).sum()) for outcome in (HIGHER, LOWER)]
            directions = [f"{count} of {metrics}" if count else NONE for count in counts]
            row = _largest(of_pair)
            largest, ci = f"{metric_name(row.metric)} {signed(row.difference)}", ci_name(row.alpha)
            lines.append([*pair, *directions, largest, _interval(row), p_text(row.p_adjusted)])
    head = ["Network", "Compared with", "Metrics higher", "Metrics lower", "Largest difference", ci, "Adjusted p"]
    return markdown_grid(head, lines) if lines else ""


def _largest(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[rows["difference"].abs().argmax()]


def _difference(row: pd.Series) -> str:
    """Return a pair with its difference in one metric, interval and adjusted p."""
    figures = f"{ci_name(row.alpha)} {_interval(row)}, adjusted p {p_text(row.p_adjusted)}"
    pair = pair_name(row.question, row.cell, row.reference)
    return f"{pair}, {metric_name(row.metric)} {signed(row.difference)} ({figures})"


def _interval(row: pd.Series) -> str:
    return f"{signed(row.low)} to {signed(row.high)}"


def _how(rows: pd.DataFrame, networks: Callable[[pd.DataFrame], str]) -> str:
    """Return the metrics, the meaning of significance, and what confidence intervals and p values account for."""
    metrics = listed([metric_name(metric) for metric in rows["metric"][rows["metric"] != EMPTY].unique()])
    alpha = rows["alpha"].iloc[0]
    sizes = rows.groupby("testset", sort=False)[["lesions", "images"]].max().itertuples()
    sizes = " and ".join(f"{row.lesions:,} of {DATASETS[row.Index]} ({row.images:,} images)" for row in sizes)
    return (
        f"Metrics: {metrics}. Significant: adjusted p below {alpha:g} and a confidence interval (CI) that excludes 0. "
        f"CIs and p values account for the sampling of lesions: {sizes}. {networks(rows)}"
    )


def _retraining(rows: pd.DataFrame) -> str:
    """Return whether differences of predictions hold for the trained networks only, or also after retraining."""
    seeds = sorted(set(rows["seeds"]))
    if max(seeds) == 1:
        return "They hold for these trained networks, one seed each, and say nothing about retraining."
    numbers = " or ".join(str(number) for number in seeds if number > 1)
    several = f"they also account for {RETRAINING}, as far as {numbers} seeds can tell"
    if min(seeds) > 1:
        return several.capitalize() + "."
    return f"For pairs with one seed they hold for these trained networks only; for the other pairs {several}."


def _networks_of_cams(rows: pd.DataFrame) -> str:
    """Return which networks differences of localisation hold for."""
    return f"They hold for one network of each cell ({ONE_NETWORK}) and say nothing about retraining."
