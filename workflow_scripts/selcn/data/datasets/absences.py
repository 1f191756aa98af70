"""Absences of a whole data set: label tables without images, no masks, and files passed over by their names."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from selcn.data.datasets.files import MASK_NAMES, Listing, as_text, find_images, find_masks
from selcn.data.datasets.sources import LABEL_TABLES, MASK_FOLDER, MissingDatasetError, SourceSettings, what_to_add
from selcn.data.datasets.tables import shown


def passed_over_by(listing: Listing, frame: pd.DataFrame) -> tuple[Path, ...]:
    """Return the files that their names make no images, and that are no masks of a table's images."""
    known, named = set(frame["mask_name"]), {Path(name).name for name in frame["mask_name"]}
    unused = [
        path
        for name, found in listing.masks.items()
        if name not in known
        for _, path in found
        if path.name not in named
    ]
    return (*unused, *listing.others.values())


def tables_without_images(frame: pd.DataFrame, listing: Listing, settings: SourceSettings) -> dict[str, str]:
    """Return, for every label table none of whose images is found, one reason that rejects them all."""
    reasons = {}
    for table, rows in frame[frame["reason"].isna()].groupby("table"):
        there = any(find_images(listing, name) or listing.passed_over(name) for name in rows["file_name"])
        if len(rows) > 1 and not there:
            reasons[table] = (
                f"missing file: none of the {len(rows)} images of {Path(table).name} is in {settings.searched}; "
                f"{what_to_add(settings.layout, Path(table).name)}"
            )
    return reasons


def require_masks(frame: pd.DataFrame, listing: Listing, settings: SourceSettings, passed_over: Sequence[Path]) -> None:
    """Refuse a data set whose masks are needed, and of whose images none has one.

    Raises
    ------
    MissingDatasetError
        There is no mask of any image.
    """
    if any(find_masks(listing, name) for name in frame["mask_name"]):
        return
    examples = ", ".join(as_text(path) for path in passed_over[:3])
    if settings.table is not None and "mask" in settings.table.columns:
        names = f"the names in column {settings.table.columns['mask']}, such as {shown(frame['mask_name'].iloc[0])}"
    else:
        names = MASK_NAMES if settings.mask_folders is None else "<image_id>.png or <image_id>_segmentation.png"
    advice = f"Unpack {MASK_FOLDER}.zip there (https://doi.org/10.7910/DVN/DBW86T)"
    raise MissingDatasetError(
        f"{settings.dataset}: no lesion masks, which the segmentation networks are trained on and CAMs are compared "
        f"with. Searched in {', '.join(settings.mask_folders or ()) or settings.searched} for {names}"
        + (f"; {len(passed_over)} files passed over, which name no image of the table: {examples}" if examples else "")
        + f". {advice if settings.layout in LABEL_TABLES else 'Add them'}, or name the folder of the masks in "
        f"data.{settings.dataset}.mask_folders"
    )
