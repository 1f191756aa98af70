"""Marks of a predicted image: what its reader must know before the predicted class."""

from collections.abc import Mapping
from typing import Any

UNLIKE, KNOWN, NO_LESION, NOTED = "unlike", "known", "no_lesion", "noted"
MARKS = {
    UNLIKE: "unlike the training data",
    KNOWN: "known to the study",
    NO_LESION: "no lesion found",
    NOTED: "file with a note",
}
"""Marks in the order in which they are shown, and their names."""
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
        marks.append((UNLIKE, f"{MARKS[UNLIKE]}: the predicted class means little"))
    if row["known"]:
        seen = "which networks were trained on" if row["trained_on"] else "which no network was trained on"
        marks.append((KNOWN, f"{_KINDS[row['known']]} {row['known_image']}, {seen}"))
    if not row["lesion_found"]:
        marks.append((NO_LESION, f"{MARKS[NO_LESION]}: masks and LAE box say nothing"))
    if row["notes"]:
        marks.append((NOTED, row["notes"]))
    return marks
