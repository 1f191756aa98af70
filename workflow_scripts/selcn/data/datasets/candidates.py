"""The files of one image: found by name, and checked."""

from pathlib import Path

from selcn.data.datasets.checks import BadFileError, check_image, check_mask
from selcn.data.datasets.files import (
    IMAGE_SUFFIXES,
    PUBLISHED_MASK,
    Listing,
    as_text,
    differing,
    find_images,
    find_masks,
)
from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.patients import DECLARED_COLUMNS
from selcn.data.datasets.sources import SourceSettings


def check_candidate(row, settings: SourceSettings, listing: Listing) -> dict:
    """Return a row of the index, or one of the rejected table.

    Parameters
    ----------
    row
        A named tuple of a reader's columns, see `selcn.data.datasets.index.READERS`.
    listing
        The files of the settings' folders.
    """
    found = find_images(listing, row.file_name)
    place = as_text(found[0]) if found else settings.searched
    mask_path = mask_sha256 = None
    try:
        if not found:
            raise BadFileError(_missing_file(listing.passed_over(row.file_name)))
        _require_one(found, "image")
        image = check_image(found[0], settings.minimum_size, settings.maximum_pixels)
        if settings.masked:
            masks = find_masks(listing, row.mask_name)
            if not masks:
                raise BadFileError(_missing_mask(row))
            mask_path = place = as_text(masks[0])
            _require_one(masks, "mask")
            mask_sha256 = check_mask(masks[0], image, settings.maximum_pixels)
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
        **{name: getattr(row, name) for name in (*PATIENT_COLUMNS, *DECLARED_COLUMNS) if hasattr(row, name)},
    }


def _missing_mask(row) -> str:
    if not row.mask_name:
        return "missing mask: the table names none; add its name, or leave the image out"
    named = row.mask_name if Path(row.mask_name).suffix else f"{row.mask_name}{PUBLISHED_MASK}"
    return f"missing mask: no {named}; add it"


def _missing_file(passed_over: Path | None) -> str:
    searched = f"missing file: not found in these folders as {', '.join(IMAGE_SUFFIXES)}"
    if passed_over is None:
        return f"{searched}; add it, or its folder to image_folders"
    return (
        f"{searched}; {as_text(passed_over)} was passed over, since its folder's name says that it holds masks or "
        "superpixels; rename the folder if they are images"
    )


def _require_one(found: list[Path], what: str) -> None:
    """Reject files of different contents, and a path that cannot be written to a table."""
    try:
        other = differing(found)
    except OSError as error:
        raise BadFileError(f"{what} found twice, and one is unreadable: {error.strerror}; remove it") from error
    if other is not None:
        raise BadFileError(f"{what} found twice with different contents, also as {as_text(other)}; remove one of them")
    if as_text(found[0]) != found[0].as_posix():
        raise BadFileError("unreadable: a name in its path is not UTF-8; rename it")
