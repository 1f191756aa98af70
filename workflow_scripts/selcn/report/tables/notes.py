"""Notes on the images behind a table: rejected ones, and those in which no lesion was found."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from selcn.data.input_masks import without_lesion
from selcn.design.datasets import DATASETS
from selcn.report.tables.values import MissingValueError
from selcn.storage.artifacts import read_table


def missing_images(dataset: str, summary: Mapping, path: str | Path) -> list[str]:
    """Return the note on a data set's rejected images; empty without any.

    Parameters
    ----------
    summary
        indexed: number of images used; rejected: number of images dropped.
    path
        The summary's file, for errors.

    Raises
    ------
    MissingValueError
        The summary lacks a number.
    """
    absent = [key for key in ("indexed", "rejected") if key not in summary]
    if absent:
        raise MissingValueError(f"{path}: {', '.join(absent)} missing; delete the file and run the same command again")
    name, rejected = DATASETS.get(dataset, dataset), summary["rejected"]
    total = rejected + summary["indexed"]
    return [f"{rejected:,} of {total:,} images of {name} were rejected and are not included."] if rejected else []


def empty_masks(manifests: Mapping[str, str | Path]) -> list[str]:
    """Return a note on each data set with images in which no lesion was found.

    Parameters
    ----------
    manifests
        The masks' manifest of every data set whose masked images the values rest on.
    """
    return [note for name, path in manifests.items() for note in _empty_masks_of(name, read_table(path))]


def _empty_masks_of(dataset: str, manifest: pd.DataFrame) -> list[str]:
    empty, whole = without_lesion(manifest)
    if not empty.any():
        return []
    taken = "the whole image" if whole.any() else "black"
    return [
        f"No lesion was found in {empty.sum():,} of {len(empty):,} images of {DATASETS[dataset]}; their input under "
        f"either mask is {taken} (`empty_masks`)."
    ]
