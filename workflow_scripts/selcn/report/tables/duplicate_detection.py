"""How well the search finds images of one lesion, as text and tables, and in a sentence."""

from collections.abc import Mapping

import pandas as pd

from selcn.data.duplicates.candidates import REASONS
from selcn.data.duplicates.decisions import CERTAIN, DOUBTFUL, Thresholds
from selcn.design.datasets import DATASETS, LESION, set_of
from selcn.evaluation.duplicate_detection import BY_LIKENESS, FOUND_AT, PLANTED, PRECISION, RECALL
from selcn.report.answers.words import percent
from selcn.report.tables.blocks import DEMO, MISSING, Block, Entry, Grid

TITLE = "Search for images of one lesion"
_REASONS = {
    "patient": "from patients of equal age, sex and site",
    "colour": "nearest by colour",
    "hash": "nearest by hash",
    "features": "nearest by features",
}
_NOTES = {
    RECALL: "- Lesions with several images by the ids of their data set, which the search does not see; half of these "
    "lesions, the other half being left to choose thresholds on. Left out: files of equal content, and copies that the "
    "hash finds.\n"
    "- Their patient data are known and equal, which makes nearly all of them candidates.\n"
    "- Data sets may share images, as HAM10000, ISIC2019 and SymDerm do, so that these rows are no separate evidence.",
    BY_LIKENESS: "- The same pairs, if nothing were known of patients: those compared because one image is among the "
    "other's nearest by colour, hash or features.",
    PRECISION: "- A lower bound: two ids can be one lesion, which is what the search is for. Images of held-out "
    "lesions with a known id.",
    PLANTED: "- One image each of held-out lesions, changed and compared with what it was.",
}
_INTERVALS = "- In brackets: 95 % confidence interval, over resamples of lesions; of changed images Wilson's."


def detection_blocks(
    table: pd.DataFrame, compared: int, candidates: Mapping[str, int], thresholds: Thresholds, demo: bool
) -> list[Block]:
    """Return the measurements of the search as text and tables.

    Parameters
    ----------
    table
        Columns `selcn.evaluation.duplicate_detection.COLUMNS`.
    compared
        Number of compared pairs.
    candidates
        Of these, by each reason to compare them.
    demo
        Whether the images are synthetic.
    """
    reasons = ", ".join(f"{candidates[reason]:,} {_REASONS[reason]}" for reason in REASONS)
    return [
        f"# {TITLE}",
        *([DEMO] if demo else []),
        f"{compared:,} pairs of images were compared by local features: {reasons} (some for several reasons). "
        f"{CERTAIN.title()}: at least {thresholds.certain} features agree on one shift, turn and zoom; {DOUBTFUL}: at "
        f"least {thresholds.doubtful}.",
        *_section(table, RECALL, "## Pairs of one lesion that are found", "Data set"),
        *_section(table, BY_LIKENESS, "## Pairs of one lesion that are found without patient data", "Data set"),
        *_section(table, PLANTED, "## Changed images that are recognised", "Change"),
        *_section(table, PRECISION, "## Pairs found that have one lesion id", "Data set"),
        _INTERVALS,
    ]


def _section(table: pd.DataFrame, measure: str, heading: str, first: str) -> list[Block]:
    rows = table[table["measure"] == measure]
    if rows.empty:
        return []
    names = rows["dataset"].map(DATASETS) if first == "Data set" else rows["kind"].str.capitalize()
    lines: list[list[str | Entry]] = []
    for name, of_name in rows.groupby(names, sort=False):
        values = of_name.set_index("certainty")
        sizes = [Entry(f"{values[size].iloc[0]:,}", value=int(values[size].iloc[0])) for size in ("lesions", "pairs")]
        shares = [_share(values.loc[at]) if at in values.index else MISSING for at in FOUND_AT]
        # Precision is of as many pairs as were found, which differ.
        lines.append([str(name), *(sizes if measure != PRECISION else []), *shares])
    sizes_head = ["Lesions", "Pairs"] if measure != PRECISION else []
    return [heading, Grid([first, *sizes_head, *(name.capitalize() for name in FOUND_AT)], lines), _NOTES[measure]]


def _share(row: pd.Series) -> Entry:
    text = f"{row['found']:,} of {row['pairs']:,}, {percent(row['share'])}"
    return Entry(text, aside=f"{percent(row['low'])} to {percent(row['high'])}", value=float(row["share"]))


def recall_sentence(table: pd.DataFrame) -> str:
    """Return how many images of one lesion the search finds where ids do not tell, and what follows for the audit."""
    certain = table[table["certainty"] == CERTAIN].set_index("dataset")
    rows = certain[certain["measure"] == RECALL]
    if rows.empty:
        return (
            "Lesions are those of the data sets' ids and of the pairs found; how many further pairs exist is unknown, "
            "because no lesion with several images is known."
        )
    dataset = set_of(LESION) if set_of(LESION) in rows.index else rows.index[0]
    row, alike = rows.loc[dataset], certain[certain["measure"] == BY_LIKENESS].loc[dataset]
    return (
        "Lesions are those of the data sets' ids and of the pairs found. Of pairs of one lesion whose lesion ids were "
        f"hidden, the search finds {percent(row['share'])} ({_interval(row)}; {row['found']:,} of {row['pairs']:,} in "
        f"{DATASETS[str(dataset)]}) where age, sex and site are known, and {percent(alike['share'])} "
        f"({_interval(alike)}) without them."
    )


def _interval(row: pd.Series) -> str:
    return f"95 % CI {percent(row['low'])} to {percent(row['high'])}"
