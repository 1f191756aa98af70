"""The index of a data set: one row per usable image, and a table of rejected images with reasons."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import pandas as pd

from selcn.data.datasets.checks import BadFileError, check_image, check_mask
from selcn.data.datasets.files import IMAGE_SUFFIXES, Listing, as_text, find_images, list_files
from selcn.data.datasets.ham10000 import read_ham10000
from selcn.data.datasets.isic2016 import read_isic2016
from selcn.data.datasets.isic2019 import read_isic2019
from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.sources import HOW_TO_GET, MASK_FOLDER, SourceSettings
from selcn.data.datasets.symderm import read_symderm
from selcn.data.datasets.tables import shown

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
        Columns `INDEX_TYPES`, sorted by image_id; paths begin with the settings' folders.
    rejected
        Columns `REJECTED_COLUMNS`, sorted by image_id.
    """

    index: pd.DataFrame
    rejected: pd.DataFrame


def build_index(settings: SourceSettings, threads: int = 2) -> IndexResult:
    """Read a data set's tables, find its files and check each of them.

    With `limit_per_class`, the candidates of each class and part are checked in the order of their ids' SHA-256 until
    this many are accepted, so that a trial run has the same images everywhere.

    Raises
    ------
    MissingDatasetError
        A folder or table is missing, or a folder cannot be listed.
    LabelTableError
        A label table is not in the expected format.
    """
    frame = READERS[settings.dataset](settings)
    listing = list_files((settings.folder, *settings.image_folders))
    check = partial(
        _check_candidate, settings=settings, listing=listing, masks_expected=_masks_expected(settings, listing)
    )
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
    index = pd.DataFrame(good, columns=list(INDEX_TYPES)).astype(INDEX_TYPES)
    rejected = pd.DataFrame(bad, columns=list(REJECTED_COLUMNS), dtype="str")
    return IndexResult(
        index.sort_values("image_id", ignore_index=True), rejected.sort_values("image_id", ignore_index=True)
    )


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
    named = [f"  {describe_rejected(row)}" for row in rejected.head(NAMED_IN_MESSAGE).itertuples()]
    more = [f"  ... and {len(rejected) - NAMED_IN_MESSAGE} more"] if len(rejected) > NAMED_IN_MESSAGE else []
    missing = rejected["reason"].str.startswith("missing").any()
    total = len(rejected) + len(result.index)
    raise RejectedImagesError(
        "\n".join(
            [
                f"{settings.dataset}: {len(rejected)} of {total} images rejected; {what}:",
                *named,
                *more,
                *([f"How to get the missing files: {HOW_TO_GET[settings.dataset]}."] if missing else []),
                f"{advice}. The complete list is in {full_list}",
            ]
        )
    )


def describe_rejected(row) -> str:
    """Return one line for a row of the rejected table (a named tuple of its columns)."""
    return f"{shown(row.image_id)}: {row.reason} ({row.path})"


def summarise(result: IndexResult) -> dict:
    """Return the counts of an index: indexed, rejected, per_class."""
    per_class = result.index["label"].value_counts()
    return {
        "indexed": len(result.index),
        "rejected": len(result.rejected),
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


def _masks_expected(settings: SourceSettings, listing: Listing) -> bool:
    return settings.dataset == "ham10000" and (bool(listing.masks) or Path(settings.folder, MASK_FOLDER).is_dir())


def _check_candidate(row, settings: SourceSettings, listing: Listing, masks_expected: bool) -> dict:
    """Return a row of the index, or one of the rejected table."""
    found = find_images(listing, row.file_name)
    place = as_text(found[0]) if found else ", ".join((settings.folder, *settings.image_folders))
    try:
        if not found:
            raise BadFileError(
                f"missing file: not found in these folders as {', '.join(IMAGE_SUFFIXES)}; add it, or its folder to "
                "image_folders"
            )
        if len(found) > 1:
            raise BadFileError(f"image found twice, also as {as_text(found[1])}; remove one of them")
        _require_text(found[0])
        image = check_image(found[0], settings.minimum_size, settings.maximum_pixels)
        mask_path = mask_sha256 = None
        if masks_expected:
            mask = listing.masks.get(row.image_id)
            if mask is None:
                raise BadFileError(f"missing mask: no {row.image_id}_segmentation.png; add it")
            mask_path = place = as_text(mask)
            _require_text(mask)
            mask_sha256 = check_mask(mask, (image.width, image.height), settings.maximum_pixels)
    except BadFileError as error:
        return {"image_id": row.image_id, "path": place, "reason": str(error)}
    return {
        "image_id": row.image_id,
        "lesion_id": row.lesion_id,
        "label": row.label,
        "part": row.part,
        "path": found[0].as_posix(),
        "mask_path": mask_path,
        "width": image.width,
        "height": image.height,
        "sha256": image.sha256,
        "mask_sha256": mask_sha256,
        **{name: getattr(row, name) for name in PATIENT_COLUMNS},
    }


def _require_text(path: Path) -> None:
    """Reject a path that cannot be written to a table."""
    if as_text(path) != path.as_posix():
        raise BadFileError("unreadable: a name in its path is not UTF-8; rename it")
