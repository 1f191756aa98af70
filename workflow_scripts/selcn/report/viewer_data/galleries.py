"""Galleries of the report: the images that are worth a look, each ranked by one number."""

from collections.abc import Mapping

import pandas as pd

from selcn.data.duplicates.decisions import CERTAIN, DOUBTFUL, REJECTED
from selcn.data.duplicates.groups import linked_by_ids
from selcn.design.datasets import DATASETS, LESION, SEGMENTATION, set_of
from selcn.evaluation.label_audit.appearance import MOST_DEVIATIONS, STATISTICS
from selcn.evaluation.label_audit.ranking import doubtful
from selcn.report.pair_words import evidence_of
from selcn.report.viewer_data.names import cell_name
from selcn.report.viewer_data.predictions import mistakes

MOST = 48
"""Images or pairs of each view."""

TITLES = {
    "worst_segmentations": (
        "Worst segmentations",
        "Test images of {segmentation} by the Dice of their predicted and their true mask, lowest first.",
    ),
    "confident_mistakes": (
        "Most confident mistakes",
        "Misclassified test images of {lesion} by the probability of the predicted class, highest first: mean over a "
        "cell's networks of all folds and seeds.",
    ),
    "missed_lesions": (
        "CAMs that miss their lesion",
        "CAMs whose highest activation lies outside the dilated true mask, by the IoU of activation and dilated mask, "
        "lowest first; empty CAMs are left out. Protocol leakfree: test images of {segmentation}; thesis: all of its "
        "images.",
    ),
    "most_hair": ("Most hair", "Images by the share of their pixels that were replaced as hair."),
    "near_duplicates": (
        "Near-duplicates",
        "Pairs of images: copies by the number of the 255 bits in which their hashes differ, fewest first (r: "
        "correlation of their grey values), then others by the number of local features that agree on one shift, turn "
        "and zoom, most first. Certain pairs count as one lesion, doubtful ones do not.",
    ),
    "doubtful_labels": (
        "Doubtful labels",
        "Images whose label other evidence contradicts, in the order of label-audit.csv: first those with a label that "
        "contradicts it, then by networks that were not trained on them and by the nearest images. Networks are often "
        "wrong: this is a list to look at, not a correction.",
    ),
    "unusual_images": (
        "Unusual images",
        "Images that look unlike their data set and may be no dermoscopy: by the distance of one statistic from the "
        "median, in robust standard deviations, largest first. A hint: most are dermoscopy under an unusual light.",
    ),
}
"""Title and note of each gallery; notes with names of roles (`selcn.design.datasets.with_names`)."""


def item(dataset: str, image_id: str, text: str, focus: str | None = None) -> dict:
    """Return one image of a view; `focus`: what the viewer lays over its thumbnail."""
    return {"dataset": dataset, "images": [image_id], "text": text, **({"focus": focus} if focus else {})}


def view(label: str, protocol: str | None, items: list[dict]) -> dict:
    """Return a view of a gallery; protocol None where it does not depend on one."""
    return {"label": label, "protocol": protocol, "items": items[:MOST]}


def worst_segmentations(protocol: str, architecture: str, dice: pd.Series) -> dict:
    """Return the view of the lowest Dice, of test images, (N,) by image_id."""
    ranked = dice.sort_index().sort_values(kind="stable").head(MOST)
    items = [item(set_of(SEGMENTATION), image_id, f"Dice {value:.2f}", "mask") for image_id, value in ranked.items()]
    return view(f"{protocol}, {architecture}", protocol, items)


def confident_mistakes(protocol: str, cell: str, means: pd.DataFrame) -> dict:
    """Return the view of the most confidently misclassified images, from a cell's mean predictions of the test set.

    Its `note` says how many images are misclassified.
    """
    ranked = mistakes(means)
    items = [
        item(set_of(LESION), row.image_id, f"{row.predicted} {row.probability:.4f}, label {row.label}")
        for row in ranked.head(MOST).itertuples()
    ]
    listed = f"; the first {MOST} are listed" if len(ranked) > MOST else ""
    note = f"{len(ranked):,} of {len(means):,} images are misclassified{listed}."
    return view(f"{protocol}, {cell_name(cell)}", protocol, items) | {"note": note}


def missed_lesions(protocol: str, name: str, focus: str, scores: pd.DataFrame) -> dict:
    """Return the view of a model's CAMs that miss their lesion, from its localisation table."""
    missed = scores[~scores["hit"] & ~scores["empty_cam"] & ~scores["empty_mask"]]
    ranked = missed.sort_values(["iou", "image_id"]).head(MOST)
    items = [item(set_of(SEGMENTATION), row.image_id, f"IoU {row.iou:.2f}", focus) for row in ranked.itertuples()]
    return view(f"{protocol}, {name}", protocol, items)


def most_hair(dataset: str, manifest: pd.DataFrame) -> dict:
    """Return the view of a data set's images with the most hair, from its manifest of hair removal."""
    ranked = manifest.sort_values(["hair_share", "image_id"], ascending=[False, True]).head(MOST)
    items = [
        item(dataset, row.image_id, f"hair on {100 * row.hair_share:.1f} % of the pixels")
        for row in ranked.itertuples()
    ]
    return view(DATASETS[dataset], None, items)


def near_duplicates(pairs: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Return the views of near-duplicates: pairs that no image or lesion id reveals, doubtful and others.

    Items have `datasets` too, the data set of each of their two images.
    """
    linked = linked_by_ids(pairs, indices)
    certain, unsure, rejected = (pairs["certainty"] == name for name in (CERTAIN, DOUBTFUL, REJECTED))
    parts = {
        "pairs that no id reveals": pairs[certain & ~linked],
        "doubtful pairs, for a person to judge": pairs[unsure & ~linked],
        "pairs of one lesion id": pairs[certain & linked],
        "pairs that a person rejected": pairs[rejected],
    }
    return [
        view(label, None, [pair_item(row) for row in part.head(MOST).itertuples()]) for label, part in parts.items()
    ]


def pair_item(pair) -> dict:
    """Return a pair of near-duplicates as an item of two images."""
    datasets = [pair.dataset_a, pair.dataset_b]
    names = DATASETS[datasets[0]] if len(set(datasets)) == 1 else " and ".join(map(DATASETS.__getitem__, datasets))
    text = f"{evidence_of(pair)}; {names}"
    return {
        "dataset": datasets[0],
        "datasets": datasets,
        "images": [pair.image_id_a, pair.image_id_b],
        "text": text,
    }


def doubtful_labels(protocol: str, dataset: str, ranking: pd.DataFrame) -> dict:
    """Return the view of a data set's most doubtful labels, those with evidence against them.

    Parameters
    ----------
    ranking
        Table of `selcn.evaluation.label_audit.ranking.rank_labels`.
    """
    items = [item(dataset, row.image_id, doubt_in_words(row)) for row in doubtful(ranking).head(MOST).itertuples()]
    return view(f"{protocol}, {DATASETS[dataset]}", protocol, items)


def differing_labels(dataset: str, ranking: pd.DataFrame) -> dict:
    """Return the view of a data set's images that another data set labels otherwise, the most doubtful first.

    Its `note` says how many there are. The same in every protocol, but for the order.
    """
    differing = ranking[ranking["shared_label"] != ""]
    items = [
        item(dataset, row.image_id, f"label {row.label}, in another data set {row.shared_label}")
        for row in differing.head(MOST).itertuples()
    ]
    note = f"Images with another label in another data set: {len(differing):,}."
    return view(f"{DATASETS[dataset]}, labelled otherwise by another data set", None, items) | {"note": note}


def unusual_images(dataset: str, ranking: pd.DataFrame) -> dict:
    """Return the view of a data set's images that look least like the others."""
    ranked = ranking[ranking["appearance"] > MOST_DEVIATIONS].sort_values(
        ["appearance", "image_id"], ascending=[False, True]
    )
    items = [
        item(dataset, row.image_id, f"{STATISTICS[row.appearance_of]}: {row.appearance:.1f} from the median")
        for row in ranked.head(MOST).itertuples()
    ]
    return view(DATASETS[dataset], None, items)


def doubt_in_words(row) -> str:
    """Return a ranked label in words: label, favoured class, doubt, evidence, and what the networks predict."""
    doubt = "" if pd.isna(row.doubt) else f" ({row.doubt:+.2f})"
    favoured = f", favoured {row.favoured}{doubt}" if row.favoured else ""
    networks = (
        "" if pd.isna(row.networks) else f"; {row.against:.0%} of {row.networks:.0f} networks predict another class"
    )
    evidence = f"; evidence: {row.evidence.replace(';', ',')}" if row.evidence else ""
    return f"label {row.label}{favoured}{evidence}{networks}".replace("%", " %")
