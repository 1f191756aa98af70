"""Search for images and masks by name, in one listing of each folder instead of one look-up per image."""

import filecmp
import os
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

from selcn.data.datasets.sources import MissingDatasetError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
# HAM10000's masks as they are published; other names come after these.
PUBLISHED_MASK = "_segmentation.png"
MASK_NAMES = (
    "<image_id>_segmentation.png, <image_id>_mask.png, or <image_id>.png in a folder whose name has the word mask, "
    "segmentation or GroundTruth (also .bmp, .jpg)"
)
# Words of a name, also where capitals alone divide them: Training_GroundTruth, SegmentationMasks.
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SUPERPIXELS = re.compile(r"(?:^|_)superpixels?(?:_|$)")
_NO_IMAGE = re.compile(r"(?:^|_)(?:masks?|segmentations?|ground_?truths?|superpixels?)(?:_|$)")
_MASK_ENDING = re.compile(r"[\W_]+(?:masks?|segmentations?|ground_?truth)$", re.IGNORECASE)


@dataclass(frozen=True)
class Listing:
    """The files below some folders.

    Parameters
    ----------
    images
        Stem -> (number of the folder, path) of every image file with this stem.
    masks
        Image id -> (rank, path) of every file that may be its lesion mask; lower ranks take precedence.
    others
        Stem -> path of an image file that is neither, by its name.
    """

    images: dict[str, list[tuple[int, Path]]]
    masks: dict[str, list[tuple[tuple[bool, int], Path]]]
    others: dict[str, Path]

    @cached_property
    def by_name(self) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
        """Name -> paths of the files that may be masks by their names, and of all others."""
        masks, others = defaultdict(list), defaultdict(list)
        for _, path in chain(*self.masks.values()):
            masks[path.name].append(path)
        for path in (*(path for _, path in chain(*self.images.values())), *self.others.values()):
            others[path.name].append(path)
        return masks, others

    def passed_over(self, file_name: str) -> Path | None:
        """Return a file of an image's name that is taken for no image because of its folder's name."""
        stem = Path(file_name).stem
        masks = (path for _, path in self.masks.get(stem, ()) if path.stem == stem)
        return next(masks, self.others.get(stem))


def list_files(folders: Sequence[str], mask_folders: Sequence[str] | None = None) -> Listing:
    """List the images and masks in folders and their sub-folders (links are followed, hidden files skipped).

    A name decides what a file is, its own or that of the folder it lies in; names of folders above do not.

    Parameters
    ----------
    folders
        Folders of images and, unless `mask_folders` are given, of masks; their own names say nothing.
    mask_folders
        Folders of masks only; None: masks are found by their names, or their folders'.

    Raises
    ------
    MissingDatasetError
        A folder does not exist or cannot be listed.
    """
    listing = Listing(defaultdict(list), defaultdict(list), {})
    for number, folder in enumerate(mask_folders or ()):
        for path in _walk(folder, "mask_folders"):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                _add_mask(listing, number, path)
    masks_only = {os.path.realpath(folder) for folder in mask_folders or ()}
    for number, folder in enumerate(folders):
        real = Path(os.path.realpath(folder))
        if masks_only & {str(place) for place in (real, *real.parents)}:
            raise MissingDatasetError(
                f"{folder}: this folder of images is, or lies in, one of mask_folders, which hold masks only; name the "
                "folder of the masks themselves"
            )
        for path in _walk(folder, "folder or image_folders", masks_only):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                words = _words_of(path, folder)
                if not any(map(_NO_IMAGE.search, words)):
                    listing.images[path.stem].append((number, path))
                elif mask_folders is None and not any(map(_SUPERPIXELS.search, words)):
                    _add_mask(listing, number, path)
                else:
                    listing.others[path.stem] = path
    return listing


def find_images(listing: Listing, file_name: str) -> list[Path]:
    """Return the best matches for a file name: none, one, or several equally good ones.

    The exact name takes precedence over another suffix (the data set's file may have been converted), then an earlier
    folder over a later one, then suffixes in the order of `IMAGE_SUFFIXES`.
    """
    stem = Path(file_name).stem
    # ISIC 2019 names some images ..._downsampled, the ISIC Archive's own downloads do not.
    found = listing.images.get(stem) or listing.images.get(stem.removesuffix("_downsampled"), [])
    return _best(
        [((path.name != file_name, number, IMAGE_SUFFIXES.index(path.suffix.lower())), path) for number, path in found]
    )


def find_masks(listing: Listing, name: str) -> list[Path]:
    """Return the best matches for an image's mask: none, one, or several equally good ones.

    The published name takes precedence over others, then an earlier folder over a later one.

    Parameters
    ----------
    name
        The image's id or, where a table names masks, a file name with extension, after some of its folders or none.
    """
    if Path(name).suffix.lower() not in IMAGE_SUFFIXES:
        return _best(listing.masks.get(name, []))
    parts = Path(name).parts
    found = ([path for path in by.get(parts[-1], ()) if path.parts[-len(parts) :] == parts] for by in listing.by_name)
    return next(filter(None, found), [])


def differing(paths: Sequence[Path]) -> Path | None:
    """Return the first of several files whose content is not that of the first, if any.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    return next((path for path in paths[1:] if not filecmp.cmp(paths[0], path, shallow=False)), None)


def as_text(path: Path) -> str:
    """Return a path as valid UTF-8 text; other bytes are written as escapes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _best(ranked: list[tuple[tuple, Path]]) -> list[Path]:
    best = min((rank for rank, _ in ranked), default=None)
    return [path for rank, path in ranked if rank == best]


def _add_mask(listing: Listing, number: int, path: Path) -> None:
    published = path.name.lower().endswith(PUBLISHED_MASK)
    listing.masks[_MASK_ENDING.sub("", path.stem)].append(((not published, number), path))


def _words_of(path: Path, folder: str) -> list[str]:
    """Return the words of a file's name and of the folder's that it lies in, below the one that was given."""
    nearest = path.relative_to(folder).parent.name
    return ["_".join(_WORDS.findall(name)).lower() for name in (path.stem, nearest)]


def _walk(folder: str, key: str, left_out: Collection[str] = ()) -> list[Path]:
    """Return the files below a folder that a key of the configuration names, except those below some real paths."""
    if not os.path.isdir(folder):
        raise MissingDatasetError(f"{folder}: no such folder; correct {key} in the configuration")
    found, seen = [], set(left_out)
    for place, subfolders, names in os.walk(folder, followlinks=True, onerror=partial(_raise, key=key)):
        real = os.path.realpath(place)
        # A link may lead back to a parent; each folder is listed once.
        subfolders[:] = [] if real in seen else sorted(s for s in subfolders if not s.startswith((".", "__MACOSX")))
        if real not in seen:
            found += [Path(place) / name for name in sorted(names) if not name.startswith(".")]
        seen.add(real)
    return found


def _raise(error: OSError, key: str) -> None:
    raise MissingDatasetError(
        f"{as_text(Path(error.filename))}: this folder cannot be listed ({error.strerror}); correct its permissions, "
        f"or {key} in the configuration"
    ) from error
