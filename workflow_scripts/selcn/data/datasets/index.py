"""The index of a data set: one row per usable image, and a table of rejected images with reasons."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import pandas as pd

from selcn.data.datasets.absences import passed_over_by, require_masks, tables_without_images
from selcn.data.datasets.candidates import check_candidate
from selcn.data.datasets.declared import read_declared
from selcn.data.datasets.files import list_files
from selcn.data.datasets.ham10000 import read_ham10000
from selcn.data.datasets.isic2016 import read_isic2016
from selcn.data.datasets.isic2019 import read_isic2019
from selcn.data.datasets.patients import DECLARED_COLUMNS
from selcn.data.datasets.sources import HOW_TO_GET, SourceSettings
from selcn.data.datasets.symderm import read_symderm
from selcn.data.datasets.tables import LabelTableError, shown

# Readers of a data set's label tables: one row per id; image_id, lesion_id (the image_id if unknown), label, part,
# file_name (as in the data set), table (the label table's path), reason (why the row is rejected, else null), and the
# columns of `selcn.data.datasets.patients`.
READERS = {
    "ham10000": read_ham10000,
    "symderm": read_symderm,
    "isic2019": read_isic2019,
    "isic2016": read_isic2016,
}
INDEX_TYPES = {
    "image_id": "str",
    "lesion_id": "str",
    "label": "str",
    "part": "str",
    "path": "str",
    "mask_path": "str",
    "width": "int32",
    "height": "int32",
    "sha256": "str",
    "mask_sha256": "str",
    "age": "float32",
    "sex": "str",
    "site": "str",
    "source": "str",
}
DECLARED_TYPES = dict.fromkeys(DECLARED_COLUMNS, "str")
"""Further columns of the index of a declared table, where it has them."""
REJECTED_COLUMNS = ("image_id", "path", "reason")
NAMED_IN_MESSAGE = 10


class RejectedImagesError(RuntimeError):
    """Images of a data set were rejected, and the configuration does not say to continue without them."""


@dataclass(frozen=True)
class IndexResult:
    """An index and the rejected images.

    Parameters
    ----------
    index
        Columns `INDEX_TYPES` and those of `DECLARED_TYPES` that a declared table has, sorted by image_id; paths begin
        with the settings' folders.
    rejected
        Columns `REJECTED_COLUMNS`, sorted by image_id.
    passed_over
        Files with an image's ending that are taken for no image, nor for the mask of one, by their names.
    absent
        Reasons that reject all images of a label table.
    """

    index: pd.DataFrame
    rejected: pd.DataFrame
    passed_over: tuple[Path, ...] = ()
    absent: tuple[str, ...] = ()


def build_index(settings: SourceSettings, threads: int = 2) -> IndexResult:
    """Read a data set's tables, find its files and check each of them.

    With `limit_per_class`, the candidates of each class and part are checked in the order of their ids' SHA-256 until
    this many are accepted, so that a trial run has the same images everywhere.

    Raises
    ------
    MissingDatasetError
        A folder or table is missing, a folder cannot be listed, or there are no masks where every image needs one.
    LabelTableError
        A label table is not in the expected format.
    """
    frame = read_labels(settings)
    listing = list_files((settings.folder, *settings.image_folders), settings.mask_folders)
    passed_over = passed_over_by(listing, frame)
    absent = tables_without_images(frame, listing, settings)
    frame["reason"] = frame["reason"].astype(object).fillna(frame["table"].map(absent))
    if settings.masked and frame["reason"].isna().any():
        require_masks(frame, listing, settings, passed_over)
    check = partial(check_candidate, settings=settings, listing=listing)
    good: list[dict] = []
    bad = [
        {"image_id": row.image_id, "path": row.table, "reason": row.reason}
        for row in frame[frame["reason"].notna()].itertuples()
    ]
    with ThreadPoolExecutor(threads) as executor:
        for _, group in frame[frame["reason"].isna()].groupby(["part", "label"]):
            rows = sorted(group.itertuples(), key=lambda row: hashlib.sha256(row.image_id.encode()).digest())
            accepted, rejected = _visit(rows, check, settings.limit_per_class or len(rows), executor)
            good += accepted
            bad += rejected
    types = INDEX_TYPES | {name: kind for name, kind in DECLARED_TYPES.items() if name in frame}
    index = pd.DataFrame(good, columns=list(types)).astype(types)
    rejected = pd.DataFrame(bad, columns=list(REJECTED_COLUMNS), dtype="str")
    return IndexResult(
        index.sort_values("image_id", ignore_index=True),
        rejected.sort_values("image_id", ignore_index=True),
        passed_over,
        tuple(absent.values()),
    )


def read_labels(settings: SourceSettings) -> pd.DataFrame:
    """Return the rows of a data set's label tables, with the columns of `READERS`.

    Further columns: mask_name, what an image's mask is found by (see `selcn.data.datasets.files.find_masks`), and those
    of `DECLARED_TYPES` that a declared table has.

    Raises
    ------
    MissingDatasetError
        A table is missing.
    LabelTableError
        A table is not in the expected format, or has no row to use.
    """
    if settings.table is not None:
        frame = read_declared(settings)
    else:
        frame = READERS[settings.layout](settings).assign(mask_name=lambda rows: rows["image_id"])
    if frame.empty:
        raise LabelTableError(
            f"{settings.dataset}: no image in its label table; expected rows below the header, with diagnoses that are "
            "not left out: correct the table, or left_out of its declaration"
        )
    return frame


def require_accepted(result: IndexResult, settings: SourceSettings, full_list: str) -> None:
    """Raise an error if images were rejected, unless the settings say to continue without them and some are left.

    Parameters
    ----------
    full_list
        The file with the complete list, named in the message.

    Raises
    ------
    RejectedImagesError
        Images were rejected under `on_rejected: stop`, or none is left.
    """
    rejected = result.rejected
    if result.index.empty:
        what, advice = "no image is left", "Correct the files"
    elif len(rejected) and settings.on_rejected == "stop":
        what = "the run stops"
        advice = "Correct the files, or set `on_rejected: drop` in the configuration to continue without them"
    else:
        return
    single = rejected[~rejected["reason"].isin(result.absent)]
    named = [f"  {reason}" for reason in result.absent]
    named += [f"  {describe_rejected(row)}" for row in single.head(NAMED_IN_MESSAGE).itertuples()]
    more = [f"  ... and {len(single) - NAMED_IN_MESSAGE} more"] if len(single) > NAMED_IN_MESSAGE else []
    missing = single["reason"].str.startswith("missing").any() or result.index.empty
    total, how_to_get = len(rejected) + len(result.index), HOW_TO_GET.get(settings.layout)
    raise RejectedImagesError(
        "\n".join(
            [
                f"{settings.dataset}: {len(rejected)} of {total} images rejected; {what}:",
                *named,
                *more,
                *([f"How to get the missing files: {how_to_get}."] if missing and how_to_get else []),
                f"{advice}. The complete list is in {full_list}",
            ]
        )
    )


def describe_rejected(row) -> str:
    """Return one line for a row of the rejected table (a named tuple of its columns)."""
    return f"{shown(row.image_id)}: {row.reason} ({row.path})"


def summarise(result: IndexResult) -> dict:
    """Return the counts of an index: indexed, rejected, masks, passed_over, per_class."""
    per_class = result.index["label"].value_counts()
    return {
        "indexed": len(result.index),
        "rejected": len(result.rejected),
        "masks": int(result.index["mask_path"].notna().sum()),
        "passed_over": len(result.passed_over),
        "per_class": {label: int(count) for label, count in per_class.items()},
    }


def _visit(rows: Iterable, check, limit: int, executor: Executor) -> tuple[list[dict], list[dict]]:
    """Check rows in order until `limit` are good; return the good and the bad ones checked."""
    good: list[dict] = []
    bad: list[dict] = []
    remaining = iter(rows)
    # A batch is never larger than the number still needed, so the rows checked do not depend on the number of threads.
    while batch := list(islice(remaining, limit - len(good))):
        for outcome in executor.map(check, batch):
            (bad if "reason" in outcome else good).append(outcome)
    return good, bad
