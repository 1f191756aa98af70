"""Search for images and masks by name, in one listing of each folder instead of one look-up per image."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from selcn.data.datasets.sources import MissingDatasetError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
MASK_ENDING = "_segmentation.png"
# In the name of a file or folder: it does not hold images of lesions.
_NO_IMAGE = re.compile(r"(?:^|[\W_])(?:masks?|segmentations?|superpixels?)(?:$|[\W_])", re.IGNORECASE)


@dataclass(frozen=True)
class Listing:
    """The files below some folders.

    Parameters
    ----------
    images
        Stem -> (number of the folder, path) of every image file with this stem.
    masks
        Image id -> path of its lesion mask.
    """

    images: dict[str, list[tuple[int, Path]]]
    masks: dict[str, Path]


def list_files(folders: Sequence[str]) -> Listing:
    """List the images and masks in folders and their sub-folders (links are followed, hidden files skipped).

    Raises
    ------
    MissingDatasetError
        A folder does not exist or cannot be listed.
    """
    images: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    masks: dict[str, Path] = {}
    for number, folder in enumerate(folders):
        if not os.path.isdir(folder):
            raise MissingDatasetError(f"{folder}: no such folder; correct folder or image_folders in the configuration")
        for path in _walk(folder):
            if path.name.lower().endswith(MASK_ENDING):
                masks.setdefault(path.name[: -len(MASK_ENDING)], path)
            elif path.suffix.lower() in IMAGE_SUFFIXES and not _is_no_image(path.relative_to(folder)):
                images[path.stem].append((number, path))
    return Listing(dict(images), masks)


def find_images(listing: Listing, file_name: str) -> list[Path]:
    """Return the best matches for a file name: none, one, or several equally good ones.

    The exact name takes precedence over another suffix (the data set's file may have been converted), then an earlier
    folder over a later one, then suffixes in the order of `IMAGE_SUFFIXES`.
    """
    stem = Path(file_name).stem
    # ISIC 2019 names some images ..._downsampled, the ISIC Archive's own downloads do not.
    found = listing.images.get(stem) or listing.images.get(stem.removesuffix("_downsampled"), [])
    ranked = [
        ((path.name != file_name, number, IMAGE_SUFFIXES.index(path.suffix.lower())), path) for number, path in found
    ]
    best = min((rank for rank, _ in ranked), default=None)
    return [path for rank, path in ranked if rank == best]


def as_text(path: Path) -> str:
    """Return a path as valid UTF-8 text; other bytes are written as escapes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _walk(folder: str) -> list[Path]:
    found, seen = [], set()
    for place, subfolders, names in os.walk(folder, followlinks=True, onerror=_raise):
        real = os.path.realpath(place)
        # A link may lead back to a parent; each folder is listed once.
        subfolders[:] = [] if real in seen else sorted(s for s in subfolders if not s.startswith((".", "__MACOSX")))
        if real not in seen:
            found += [Path(place) / name for name in sorted(names) if not name.startswith(".")]
        seen.add(real)
    return found


def _raise(error: OSError) -> None:
    raise MissingDatasetError(
        f"{as_text(Path(error.filename))}: this folder cannot be listed ({error.strerror}); correct its permissions, "
        "or folder or image_folders in the configuration"
    ) from error


def _is_no_image(relative: Path) -> bool:
    return any(_NO_IMAGE.search(part) for part in relative.with_suffix("").parts)
