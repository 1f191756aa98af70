"""Delete finished work of former settings, code and data from a study's work/. Standard library only.

    python -m selcn.jobs.former_work study
    python -m selcn.jobs.former_work study --dry-run

Each piece of work lies under a fingerprint (`selcn.jobs.resumable`), and its outputs are hard links of the results made
of it. It is former where results share none of its files, but those of later work in the same place.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class StudyError(Exception):
    """A folder is no study, or Snakemake is at work in it."""


def former_work(work: Path) -> Iterator[Path]:
    """Yield the folders of former work, sorted.

    Where results are copies, on file systems without hard links, none is told from present work, and none is yielded.
    """
    folders = sorted(path for path in work.rglob("*") if FINGERPRINT.fullmatch(path.name) and is_folder(path))
    for _, group in groupby(folders, key=lambda folder: folder.parent):
        beside = list(group)
        present = [folder for folder in beside if any(file.stat().st_nlink > 1 for file in files_of(folder))]
        last = max((finished_at(folder) for folder in present), default=0.0)
        yield from (folder for folder in beside if folder not in present and changed_at(folder) < last)


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder itself, not a link to one, which may lie anywhere."""
    return path.is_dir() and not path.is_symlink()


def files_of(folder: Path) -> list[Path]:
    """Return the files in a folder, at any depth."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def finished_at(folder: Path) -> float:
    """Return when work was finished, in seconds; 0 where it was not."""
    receipt = folder / "finished.json"
    return receipt.stat().st_mtime if receipt.exists() else 0.0


def changed_at(folder: Path) -> float:
    """Return when work went on last, in seconds."""
    return max(path.stat().st_mtime for path in [folder, *files_of(folder)])


def clean(study: Path, dry_run: bool) -> list[str]:
    """Remove former work, or only tell of it, and return a line for each piece and one for all.

    Raises
    ------
    StudyError
        There is no work/, or Snakemake's lock is there.
    """
    work = study / "work"
    if not work.is_dir():
        raise StudyError(f"{work}: not there; name a study's folder, as in make clean-work STUDY=study")
    locks = study / ".snakemake/locks"
    if locks.is_dir() and any(locks.iterdir()):
        raise StudyError(
            f"{locks}: Snakemake is at work in {study}; wait for it, or remove a dead run's lock (--unlock)"
        )
    lines, total, verb = [], 0, "would free" if dry_run else "freed"
    for folder in former_work(work):
        size = sum(file.stat().st_size for file in files_of(folder))
        if not dry_run:
            shutil.rmtree(folder)
        lines.append(f"{verb} {size / 1e6:,.1f} MB: {folder}")
        total += size
    return [*lines, f"{verb} {total / 1e9:,.2f} GB of former work; results and present work stay"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.jobs.former_work", description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="the study's folder, which has work/ and results/")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be freed")
    arguments = parser.parse_args()
    try:
        print("\n".join(clean(arguments.study, arguments.dry_run)))
    except StudyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
