"""The label audit as text and tables."""

import math

import pandas as pd

from selcn.design.datasets import DATASETS, SYMMETRY, name_of_set
from selcn.evaluation.label_audit.conflicts import DEFINITIONS
from selcn.evaluation.label_audit.ranking import EVIDENCE, doubtful
from selcn.report.tables.blocks import DEMO, MISSING, NONE, Block, Entry, Grid

MOST = 20
"""Labels of each data set that are listed in text; `label-audit.csv` has all with evidence against them."""

_HOW_TO_READ = (
    "Labels that other evidence contradicts, the most doubtful first. This is a list to look at, not a correction: "
    "no label of the study is changed. First come labels that another label of the same image or lesion contradicts; "
    "then all others by the doubt, the support of the best other class minus that of the label (-1 to 1). The support "
    "of a class is its mean probability by networks that were not trained on the image, averaged with its share of the "
    "nearest images where there are features."
)
_DEFINITIONS = (
    "- akiec and scc differ by definition: HAM10000's akiec includes intraepithelial carcinoma (Bowen's disease), "
    "ISIC2019 divides actinic keratosis from squamous cell carcinoma. Such images are ranked by their doubt alone."
)


def audit_blocks(ranking: pd.DataFrame, protocol: str, params) -> list[Block]:
    """Return the label audit as text and tables.

    Parameters
    ----------
    ranking
        Table of `selcn.evaluation.label_audit.audit.rankings`.
    params
        Parameters of the job: `demo`, `encoded` and `neighbours`.
    """
    blocks: list[Block] = ["# Doubtful labels", *([DEMO] if params.demo else [])]
    blocks += [f"Protocol: {protocol}. {_HOW_TO_READ}", "## Evidence by data set", evidence_grid(ranking)]
    blocks.append("\n".join(f"- {kind}: {text}." for kind, text in EVIDENCE.items()))
    shared = shared_grid(ranking)
    if shared.rows:
        blocks += ["## Images with another label in another data set", shared]
        blocks += [_DEFINITIONS] if {"akiec", "scc"} <= set(ranking["label"]) else []
    for dataset, labels in doubtful(ranking).groupby("dataset", sort=False):
        blocks += [f"## {DATASETS[dataset]}", ranking_grid(labels.head(MOST))]
    return [*blocks, "\n".join(f"- {note}" for note in _notes(ranking, protocol, params))]


def evidence_grid(ranking: pd.DataFrame) -> Grid:
    """Return how many images of each data set each kind of evidence speaks against."""
    rows: list[list[str | Entry]] = []
    for dataset, labels in ranking.groupby("dataset", sort=False):
        numbers = [len(labels), (labels["networks"] > 0).sum(), *evidence_counts(labels).values()]
        rows.append([DATASETS[dataset], *map(_count, numbers)])
    return Grid(["Data set", "Images", "Predicted", *map(str.capitalize, EVIDENCE)], rows)


def evidence_counts(labels: pd.DataFrame) -> dict[str, float]:
    """Return how many of some labels each kind of evidence speaks against; NaN where there is no such evidence."""
    kinds = labels["evidence"].str.split("; ")
    known = {"networks": labels["networks"].notna().any(), "neighbours": labels["neighbours_share"].notna().any()}
    return {
        kind: kinds.map(lambda found, kind=kind: kind in found).sum() if known.get(kind, True) else math.nan
        for kind in EVIDENCE
    }


def _count(number: float) -> Entry:
    return MISSING if math.isnan(number) else Entry(f"{number:,.0f}", value=float(number))


def shared_grid(ranking: pd.DataFrame) -> Grid:
    """Return how many images of each label have which other label in another data set."""
    found = ranking[ranking["shared_label"] != ""].groupby(["dataset", "label", "shared_label"], sort=False).size()
    rows = [
        [
            DATASETS[dataset],
            label,
            other,
            "by definition" if (label, other) in DEFINITIONS else "contradiction",
            _count(count),
        ]
        for (dataset, label, other), count in found.items()
    ]
    return Grid(["Data set", "Label", "Other label", "Kind", "Images"], rows)


def ranking_grid(ranking: pd.DataFrame) -> Grid:
    """Return ranked labels, one a row."""
    rows = [
        [
            Entry(str(row.rank), value=row.rank),
            row.image_id,
            row.label,
            row.favoured or NONE,
            row.evidence or NONE,
            _number(row.doubt, "+.2f"),
            _number(row.against, ".0%"),
            _number(row.neighbours_share, ".0%"),
        ]
        for row in ranking.itertuples()
    ]
    head = ["Rank", "Image", "Label", "Favoured", "Evidence", "Doubt", "Networks against", "Neighbours against"]
    return Grid(head, rows)


def _number(value: float, form: str) -> Entry:
    text = NONE if pd.isna(value) else format(value, form).replace("-", "−").replace("%", " %")
    return Entry(text, value=value)


def _notes(ranking: pd.DataFrame, protocol: str, params) -> list[str]:
    predicted, seen = (ranking["networks"] > 0).sum(), (ranking["lesion_seen"] > 0).sum()
    leaked = (
        f"{seen:,} of the {predicted:,} predicted images were predicted by a network that was trained on another image "
        f"of their lesion, so that it may have learnt their label"
        if seen
        else f"None of the {predicted:,} predicted images was predicted by a network that was trained on its lesion"
    )
    neighbours = (
        f"Neighbours: the {params.neighbours} nearest images of other lesions of the data set, by the cosine distance "
        f"of the frozen encoder's features; {name_of_set(SYMMETRY)} has no features."
        if params.encoded
        else "No neighbours: features are kept only of a frozen encoder (`lesion.freeze_encoder`)."
    )
    return [
        f"{leaked} (protocol {protocol}).",
        "Networks: the thesis's cells and symmetry models, all folds and seeds; no controls. Their probabilities "
        "are scaled so that their mean is the frequency of each label, since networks trained with class weights "
        "favour rare classes.",
        neighbours,
        "Networks are often wrong, above all on rare classes: most labels with only networks or neighbours against "
        "them are right.",
    ]
