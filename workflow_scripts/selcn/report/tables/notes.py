"""Notes on what is behind a table: failed models, rejected images, images in which no lesion was found."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from selcn.data.input_masks import without_lesion
from selcn.design.cam_sources import MALIGNANCY, SCRATCH, SYMMETRY_MODELS
from selcn.design.datasets import DATASETS
from selcn.report.tables.values import MissingValueError
from selcn.storage.artifacts import read_json, read_table


def missing_images(summaries: Mapping[str, str | Path]) -> list[str]:
    """Return a note on each data set with rejected images.

    Parameters
    ----------
    summaries
        The summary.json of every data set that the values rest on.

    Raises
    ------
    MissingValueError
        A summary lacks a number.
    """
    return [note for name, path in summaries.items() for note in _missing_images_of(name, path)]


def _missing_images_of(dataset: str, path: str | Path) -> list[str]:
    summary = read_json(path)
    absent = [key for key in ("indexed", "rejected") if key not in summary]
    if absent:
        raise MissingValueError(f"{path}: {', '.join(absent)} missing; delete the file and run the same command again")
    name, rejected = DATASETS.get(dataset, dataset), summary["rejected"]
    total = rejected + summary["indexed"]
    return [f"{rejected:,} of {total:,} images of {name} were rejected and are not included."] if rejected else []


def failed_models(failed: Mapping[str, str]) -> list[str]:
    """Return a note on each failed cell or model.

    Parameters
    ----------
    failed
        The reason of each: see `selcn.evaluation.failures.failures_of`.
    """
    return [f"{_in_words(name)} failed: {reason}." for name, reason in failed.items()]


def _in_words(name: str) -> str:
    # These are named after a mask or a task, which alone would not be understood.
    return f"Symmetry model {name}" if name in (*SYMMETRY_MODELS, SCRATCH, MALIGNANCY) else name


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
