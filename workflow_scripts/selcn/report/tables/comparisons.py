"""The comparisons of cells and the answers to the thesis's questions, as text and tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from selcn.design.datasets import DATASETS, with_names
from selcn.evaluation.comparisons.pairs import Question
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.answers.empty_maps import empty_maps, empty_shares
from selcn.report.answers.sensitivity import EXPLAINED
from selcn.report.answers.words import CELLS, KINDS, ONE_NETWORK, RETRAINING, metric_name, p_text, signed
from selcn.report.tables.blocks import DEMO, NONE, Block, Entry, Grid

PREDICTIONS, LOCALISATION = "predictions", "localisation"
"""Kinds of measurement: column `measured` of comparisons.csv."""

# Section 1 of the thesis.
QUESTIONS = {
    "question 1": (
        "How does the inclusion of Class Activation Maps (CAMs) from the symmetry classification network impact the "
        "predictive performance of the skin lesion classification network [...]?"
    ),
    "question 2": (
        "How does the inclusion of [CAMs] from the symmetry classification network impact the localization accuracy of "
        "CAMs generated from the skin lesion classification network [...]?"
    ),
    "subquestion 1": (
        "How does using skin lesion segmentation to mask the inputs impact the predictive performance of symmetry "
        "classification and skin lesion classification networks?"
    ),
    "subquestion 2": (
        "How does using skin lesion segmentation to mask the inputs improve the localization accuracy of CAMs "
        "generated from the symmetry classification and skin lesion classification networks?"
    ),
}
_PROTOCOLS = {
    "thesis": (
        "Protocol: thesis. Split by image: networks may have been trained on other images of a test lesion, and CAMs "
        "are scored on all {segmentation} images with a mask, including training images. Differences found here may "
        "not hold for new patients."
    ),
    "leakfree": "Protocol: leakfree. Split by lesion: no network is compared on a lesion that it was trained on.",
}
_MEASURED = {PREDICTIONS: "Predictions", LOCALISATION: "Localisation of CAMs"}
_HEAD = ("Cell", "Compared with", "Metric", "Score", "Reference", "Difference", "CI", "p", "Adjusted p", "Outcome")
_HOW_TO_READ = (
    "Score: mean over folds and seeds; reference: the score of the cell compared with. Difference: score minus "
    "reference. CI: {level:.0f} % confidence interval of the difference over resampled lesions, not adjusted for "
    "multiple comparisons; – where the metric is undefined on some resample. p: permutation test that swaps the two "
    "cells' results lesion by lesion. Adjusted p: Holm's correction over all comparisons of the section. **higher**, "
    "**lower**: significant, that is, adjusted p below {alpha:g} and a CI on that side of 0; for the share of empty "
    "CAMs, higher means more empty CAMs. No significant difference does not mean equal: the CI shows how large a "
    "difference is not ruled out."
)
_SEEDS = (
    "With one seed, CI and p hold for these trained networks only, on new lesions; with several, they also account for "
    f"{RETRAINING}."
)
_NETWORKS = f"CAMs come from one network of each cell ({ONE_NETWORK}); their comparisons hold for these networks only."

_ANSWERS = (
    "Generated from `comparisons.csv`. For a pair with significant differences, the largest one is given; "
    "`comparisons.md` has every comparison and explains confidence intervals and p values. Scores are means over folds "
    "and seeds; adjusted p values are corrected by Holm's method for all comparisons of a section of `comparisons.md`."
)


def comparison_blocks(
    table: pd.DataFrame, protocol: str, remarks: Sequence[str], demo: bool, not_compared: str = ""
) -> list[Block]:
    """Return comparisons as text and tables: a section for each question and measurement, a family of the correction.

    Parameters
    ----------
    table
        Rows of `selcn.evaluation.comparisons.table.compare`, and a column `measured`: `PREDICTIONS` or `LOCALISATION`.
    remarks
        Sentences to print below the tables.
    demo
        Whether the numbers come from synthetic images.
    not_compared
        Text of `selcn.report.answers.left_out.left_out` on the pairs that are left out.
    """
    return ["# Comparisons of cells", *_opening(protocol, demo), *family_blocks(table, not_compared), *_notes(remarks)]


def family_blocks(table: pd.DataFrame, not_compared: str) -> list[Block]:
    """Return how to read comparisons, a section for each family of them, and the pairs that are left out.

    Parameters are those of `comparison_blocks`.
    """
    blocks: list[Block] = [CELLS]
    if len(table):
        alpha = table["alpha"].iloc[0]
        read = [_HOW_TO_READ.format(level=100 * (1 - alpha), alpha=alpha), _SEEDS]
        blocks.append(" ".join([*read, *([_NETWORKS] if (table["measured"] == LOCALISATION).any() else [])]))
    for measured, heading in _MEASURED.items():
        for question, (what, other) in KINDS.items():
            rows = table[(table["measured"] == measured) & (table["question"] == question)]
            if len(rows):
                blocks += [f"## {heading}: {what} vs. {other}", _about(rows), empty_maps(rows), empty_shares(rows)]
                blocks += [*([EXPLAINED] if question == Question.ORACLES else []), _grid(rows)]
    blocks += ["## Left out", not_compared] if not_compared else []
    return [block for block in blocks if block]


def answer_blocks(paragraphs: Mapping[str, str], protocol: str, remarks: Sequence[str], demo: bool) -> list[Block]:
    """Return the thesis's questions, each with its answer.

    Parameters
    ----------
    paragraphs
        Answers of `selcn.report.answers.sentences.answers`.
    remarks, demo
        As in `comparison_blocks`.
    """
    blocks: list[Block] = ["# Answers to the thesis's research questions (section 1)", *_opening(protocol, demo)]
    blocks += [CELLS, _ANSWERS]
    for name, paragraph in paragraphs.items():
        blocks += [f"## {name.capitalize()}", f"> {QUESTIONS[name]}", paragraph]
    return [*blocks, *_notes(remarks)]


def _opening(protocol: str, demo: bool) -> list[str]:
    return [*([DEMO] if demo else []), with_names(_PROTOCOLS[protocol])]


def _notes(remarks: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {remark}" for remark in remarks)] if remarks else []


def _about(rows: pd.DataFrame) -> str:
    """Return the number of a section's comparisons, and their images, lesions, seeds and folds."""
    parts = []
    for (testset, seeds, folds), part in rows.groupby(["testset", "seeds", "folds"], sort=False):
        images, lesions = part["images"].max(), part["lesions"].max()
        # CAMs come from one network of each cell.
        networks = f"; seeds: {seeds}; folds: {folds}" if (part["measured"] == PREDICTIONS).all() else ""
        parts.append(f"{len(part)} on {images:,} images of {lesions:,} lesions of {DATASETS[testset]}{networks}")
    return f"Comparisons: {'. '.join(parts)}."


def _grid(rows: pd.DataFrame) -> Grid:
    # A column only where rows differ; a common value stands above the table.
    further = [name for name in ("images", "seeds") if rows[name].nunique() > 1]
    head = [*_HEAD, *(name.capitalize() for name in further)]
    return Grid(head, [_line(row, further) for row in rows.itertuples()])


def _line(row: Any, further: Sequence[str]) -> list[str | Entry]:
    defined = not pd.isna(row.low) and not pd.isna(row.high)
    difference = NONE if pd.isna(row.difference) else signed(row.difference)
    return [
        row.cell,
        row.reference,
        metric_name(row.metric),
        _score(row.cell_score),
        _score(row.reference_score),
        Entry(difference, value=row.difference),
        Entry(f"{signed(row.low)} to {signed(row.high)}" if defined else NONE, value=row.low),
        Entry(p_text(row.p), value=row.p),
        Entry(p_text(row.p_adjusted), value=row.p_adjusted),
        Entry(row.outcome, "" if row.outcome == NOT_SIGNIFICANT else "**"),
        *(Entry(f"{getattr(row, name):,}", value=getattr(row, name)) for name in further),
    ]


def _score(value: float) -> Entry:
    return Entry(NONE if pd.isna(value) else f"{value:.3f}", value=value)
