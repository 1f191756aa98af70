"""Marks of a predicted image: what its reader must know before the predicted class."""

from collections.abc import Mapping
from typing import Any

UNLIKE, TRAINED_ON, KNOWN, NO_LESION, NOTED = "unlike", "trained_on", "known", "no_lesion", "noted"
MARKS = {
    UNLIKE: "unlike the training data",
    TRAINED_ON: "known, trained on",
    KNOWN: "known, not trained on",
    NO_LESION: "no lesion found",
    NOTED: "file with a note",
}
"""Marks in the order in which they are shown, and their names."""
UNLIKE_MEANING = "the networks may be wrong in ways that their probabilities do not show"
TEXTS = {
    UNLIKE: f"{MARKS[UNLIKE]}: {UNLIKE_MEANING}",
    NO_LESION: f"{MARKS[NO_LESION]}: masks and LAE box say nothing",
}
"""Texts of the marks that are the same for all images."""
_KINDS = {"same": "the same file as", "copy": "a copy of", "rephotograph": "another image of the lesion of"}


def marks_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the marks of an image with their texts.

    Parameters
    ----------
    row
        Its row of the table of predictions.
    """
    marks = []
    if row["unlike"]:
        marks.append((UNLIKE, TEXTS[UNLIKE]))
    if row["known"]:
        mark, trained = (TRAINED_ON, "networks were") if row["trained_on"] else (KNOWN, "no network was")
        marks.append((mark, f"{_KINDS[row['known']]} {row['known_image']}, which {trained} trained on"))
    if not row["lesion_found"]:
        marks.append((NO_LESION, TEXTS[NO_LESION]))
    if row["notes"]:
        marks.append((NOTED, row["notes"]))
    return marks


def unlike_score(score: float, threshold: float) -> str:
    """Return how unlike the training data an image is, with the score above which images are marked."""
    return f"{score:.3f}, marked above {threshold:.3f}"


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
