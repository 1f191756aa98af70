"""The files of a folder of images, and the names of what is written for them. Standard library only."""

import hashlib
import os
import re
import stat
import unicodedata
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
_NAME = re.compile(r"(?:[A-Za-z0-9]+-)+[0-9a-f]{8}(?:[0-9a-f]{24})?")
_LONGEST_SLUG = 48
# Digits of the path's hash; the second number where two names are equal.
_DIGITS, _MORE_DIGITS = 8, 32


class FolderError(RuntimeError):
    """A folder of images does not exist, cannot be listed, or has no files."""


@dataclass(frozen=True)
class Rejection:
    """Why a file is not predicted, and what its owner can do."""

    reason: str
    advice: str


@dataclass(frozen=True)
class ImageFile:
    """A file below a folder of images, or what could not be read there.

    Attributes
    ----------
    path
        Path below the folder; bytes that are no UTF-8 are surrogates, as `os.fsdecode` writes them.
    name
        Name of what is written for it: unique in the folder, of ASCII letters, digits and `-`.
    size
        Bytes.
    modified
        Time of its last change, in nanoseconds.
    rejection
        Why there is nothing to read; None where there is.
    """

    path: str
    name: str
    size: int = 0
    modified: int = 0
    rejection: Rejection | None = None

    @property
    def shown(self) -> str:
        """The path as valid UTF-8 text; other bytes are written as escapes."""
        return shown(self.path)


Found: TypeAlias = dict[str, tuple[int, int, Rejection | None]]
"""Size, time of the last change, and rejection by path."""


def list_images(folder: str | Path, without: Collection[str | Path] = ()) -> list[ImageFile]:
    """Return all files below a folder, by path; those of hidden files and folders, and of `__MACOSX`, are left out.

    Links are followed; a folder that is reached twice is listed once, by its own path if that lies below the folder.

    Parameters
    ----------
    without
        Folders that are left out, such as that of the results.

    Raises
    ------
    FolderError
        It is no folder, cannot be listed, or has no files.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        raise FolderError(f"{shown(folder)}: {what}; expected a folder of images")
    seen = {_identity(place) for place in without if os.path.isdir(place)}
    found: Found = {}
    folders, linked = deque([""]), deque[str]()
    while folders or linked:
        place = folders.popleft() if folders else linked.popleft()
        try:
            identity = _identity(folder / place)
            if identity in seen:
                continue
            seen.add(identity)
            _list(folder, place, found, folders, linked)
        except OSError as error:
            if not place:
                raise FolderError(
                    f"{shown(folder)}: this folder cannot be listed ({error.strerror}); correct its permissions"
                ) from error
            reason = f"this folder cannot be listed ({error.strerror})"
            found[place] = (0, 0, Rejection(reason, "correct its permissions"))
    if not found:
        raise FolderError(
            f"{shown(folder)}: found no files in it or its sub-folders; expected images, not in hidden folders: put "
            "them there, or name another folder"
        )
    paths = sorted(found)
    return [ImageFile(path, name, *found[path]) for path, name in zip(paths, names_of(paths), strict=True)]


def names_of(paths: Iterable[str]) -> list[str]:
    """Return a name for each path: its stem in ASCII and 8 hexadecimal digits of its hash, or 32 for equal names."""
    paths = list(paths)
    short = [_name(path, _DIGITS) for path in paths]
    taken, twice = set[str](), set[str]()
    for name in short:
        (twice if name in taken else taken).add(name)
    return [_name(path, _MORE_DIGITS) if name in twice else name for path, name in zip(paths, short, strict=True)]


def is_name(text: str) -> bool:
    """Return whether a text may be one of `names_of`."""
    return _NAME.fullmatch(text) is not None


def name_of_folder(path: str) -> str:
    """Return a name for a folder: its own in ASCII, and 8 hexadecimal digits of its path's hash."""
    return f"{_slug(os.path.basename(path)) or 'images'}-{_hash(path)[:_DIGITS]}"


def digest_of(files: Iterable[ImageFile]) -> str:
    """Return a digest of a listing: of the files' paths, sizes and times."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(os.fsencode(file.path) + f"\0{file.size}\0{file.modified}\0{file.rejection}\0".encode())
    return digest.hexdigest()


def shown(path: str | Path) -> str:
    """Return a path as valid UTF-8 text; other bytes are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _list(folder: Path, place: str, found: Found, folders: deque[str], linked: deque[str]) -> None:
    """Add a folder's files to those found, and its sub-folders to those to list: behind a link, or not."""
    with os.scandir(folder / place) as entries:
        for entry in entries:
            if entry.name.startswith((".", "__MACOSX")):
                continue
            path = os.path.join(place, entry.name)
            try:
                status = entry.stat()
            except OSError as error:
                kind = "a link that leads nowhere" if entry.is_symlink() else "this file cannot be read"
                found[path] = (0, 0, Rejection(f"{kind} ({error.strerror})", "correct or remove it"))
                continue
            if stat.S_ISDIR(status.st_mode):
                (linked if entry.is_symlink() else folders).append(path)
            elif stat.S_ISREG(status.st_mode):
                found[path] = (status.st_size, status.st_mtime_ns, None)
            else:
                found[path] = (0, 0, Rejection("no regular file, but a pipe, socket or device", "remove it"))


def _identity(place: str | Path) -> tuple[int, int]:
    status = os.stat(place)
    return status.st_dev, status.st_ino


def _name(path: str, digits: int) -> str:
    return f"{_slug(os.path.splitext(os.path.basename(path))[0]) or 'image'}-{_hash(path)[:digits]}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NO_NAME.sub("-", plain).strip("-")[:_LONGEST_SLUG].strip("-")


def _hash(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()
