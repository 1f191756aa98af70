"""The comparisons of cells as a table that people read, and the answers to the thesis's questions."""

from collections.abc import Mapping, Sequence

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.table import NOT_SIGNIFICANT
from selcn.report.answers.empty_maps import empty_maps
from selcn.report.answers.words import CELLS, KINDS, NEW_TRAININGS, ONE_NETWORK, metric_name, p_text, signed
from selcn.report.tables.render import DEMO, NONE, markdown_grid

PREDICTIONS, LOCALISATION = "predictions", "localisation"
"""What cells are measured by: column `measured` of comparisons.csv."""

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
        "Protocol: thesis. Split by image: other photographs of a test lesion may have been trained on, and maps are "
        "of all of HAM10000's images with a mask, those trained on among them. What differs here need not differ on "
        "new patients."
    ),
    "leakfree": "Protocol: leakfree. Split by lesion: of what is compared, no network has seen a lesion in training.",
}
_MEASURED = {PREDICTIONS: "What networks predict", LOCALISATION: "Where their maps lie"}
_HEAD = ("Cell", "Against", "Metric", "Score", "Of the other", "Difference", "Interval", "p", "Adjusted p", "Outcome")
_HOW_TO_READ = (
    "Score: mean over folds and seeds. Difference: the cell's score less that of the other. Interval: where the "
    "difference lies for lesions drawn anew, each of {level:.0f} % for itself; – where the metric is undefined on some "
    "draw. p: of a test that exchanges the two cells' results lesion by lesion; adjusted p: corrected by Holm's method "
    "for all comparisons of its section. **higher**, **lower**: adjusted p below {alpha:g}, and the interval on that "
    "side of 0; of the share of empty maps, higher is more of them. What is not told apart need not be equal: the "
    "interval says how large a difference it leaves open."
)
_SEEDS = (
    f"With one seed, interval and p are of these trained networks on new lesions; with several, of {NEW_TRAININGS}. "
    f"Maps are of one network a cell ({ONE_NETWORK}), and what is said of them is of these networks."
)

_ANSWERS = (
    "Generated from `comparisons.csv`. Of a pair that was told apart the largest difference is named here; "
    "`comparisons.md` beside it has every comparison, and says what intervals and p are."
)


def comparisons_text(table: pd.DataFrame, protocol: str, remarks: Sequence[str], demo: bool) -> str:
    """Return comparisons as Markdown, a section for what was measured and each question: a family of the correction.

    Parameters
    ----------
    table
        Rows of `selcn.evaluation.comparisons.table.compare`, and a column `measured`: `PREDICTIONS` or `LOCALISATION`.
    remarks
        Sentences to print under it.
    demo
        Whether the numbers are of drawn pictures.
    """
    blocks = ["# Comparisons of cells", *_opening(protocol, demo), CELLS]
    if len(table):
        alpha = table["alpha"].iloc[0]
        blocks.append(_HOW_TO_READ.format(level=100 * (1 - alpha), alpha=alpha) + " " + _SEEDS)
    for measured, heading in _MEASURED.items():
        for question, (what, other) in KINDS.items():
            rows = table[(table["measured"] == measured) & (table["question"] == question)]
            if len(rows):
                blocks += [f"## {heading}: {what} against {other}", _about(rows), empty_maps(rows), _grid(rows)]
    return _text(list(filter(None, blocks)), remarks)


def answers_text(paragraphs: Mapping[str, str], protocol: str, remarks: Sequence[str], demo: bool) -> str:
    """Return the thesis's questions, each with its answer, as Markdown.

    Parameters
    ----------
    paragraphs
        What `selcn.report.answers.sentences.answers` returns.
    remarks, demo
        As in `comparisons_text`.
    """
    blocks = ["# The thesis's research questions (section 1)", *_opening(protocol, demo)]
    blocks += [CELLS, _ANSWERS]
    for name, paragraph in paragraphs.items():
        blocks += [f"## {name.capitalize()}", f"> {QUESTIONS[name]}", paragraph]
    return _text(blocks, remarks)


def _opening(protocol: str, demo: bool) -> list[str]:
    return [*([DEMO] if demo else []), _PROTOCOLS[protocol]]


def _text(blocks: list[str], remarks: Sequence[str]) -> str:
    notes = ["\n".join(f"- {remark}" for remark in remarks)] if remarks else []
    return "\n\n".join([*blocks, *notes]) + "\n"


def _about(rows: pd.DataFrame) -> str:
    """Return what a section's comparisons are of: how many they are, of which images, seeds and folds."""
    parts = []
    for (testset, seeds, folds), part in rows.groupby(["testset", "seeds", "folds"], sort=False):
        images, lesions = part["images"].max(), part["lesions"].max()
        # Maps are of one network a cell.
        networks = f"; seeds: {seeds}; folds: {folds}" if (part["measured"] == PREDICTIONS).all() else ""
        parts.append(f"{len(part)} on {images:,} images of {lesions:,} lesions of {DATASETS[testset]}{networks}")
    return f"Comparisons: {'. '.join(parts)}."


def _grid(rows: pd.DataFrame) -> str:
    # What is the same in every row is said above them.
    further = [name for name in ("images", "seeds") if rows[name].nunique() > 1]
    head = [*_HEAD, *(name.capitalize() for name in further)]
    return markdown_grid(head, [_line(row, further) for row in rows.itertuples()])


def _line(row: tuple, further: Sequence[str]) -> list[str]:
    defined = not pd.isna(row.low) and not pd.isna(row.high)
    outcome = row.outcome if row.outcome == NOT_SIGNIFICANT else f"**{row.outcome}**"
    return [
        row.cell,
        row.reference,
        metric_name(row.metric),
        _score(row.cell_score),
        _score(row.reference_score),
        NONE if pd.isna(row.difference) else signed(row.difference),
        f"{signed(row.low)} to {signed(row.high)}" if defined else NONE,
        p_text(row.p),
        p_text(row.p_adjusted),
        outcome,
        *(f"{getattr(row, name):,}" for name in further),
    ]


def _score(value: float) -> str:
    return NONE if pd.isna(value) else f"{value:.3f}"
