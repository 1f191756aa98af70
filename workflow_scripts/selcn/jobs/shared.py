"""Share a study's predictions without images and weights, and start a study from what another has shared.

    python -m selcn.jobs.shared export study shared
    python -m selcn.jobs.shared import shared study

A share has what tables, comparisons, answers and the leakage audit are made from, under its paths below results/:
splits, predictions, training ids, histories, settings, evaluations, boxes of masks, and CAM tables without their maps.
Of a training under way it has the finished folds. It has no metadata of patients.
"""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from selcn.jobs.environment import RECORD
from selcn.storage.artifacts import read_arrow, replacing, sha256_of, write_table
from selcn.storage.checksums import FOLDER, record

_NETWORKS = ("segmentation", "backbones", "symmetry", "lesion")
_OF_NETWORKS = (
    *("history.csv", "training_ids.parquet", RECORD, "predictions/*.parquet", "counts.parquet"),
    *("metrics.json", "external-*.json", "localisation.json", "localisation.parquet", "selected.json"),
)
SHARED = (
    *("lesions/groups.parquet", "lesions/pairs.parquet", "lesions/detection.csv", "data/*/summary.json"),
    *("*/splits/*.parquet", "*/settings/**/*.yaml", "*/masks/*/manifest.parquet", "*/skin/*.parquet"),
    *("*/cams/*/*/cams.parquet", "*/lesion/*/*/cams.parquet", "*/lesion/*/*/sources/predictions.parquet"),
    *(f"*/{stage}/**/{name}" for stage in _NETWORKS for name in _OF_NETWORKS),
)
"""The files of a share, as patterns below results/."""

FOLD = {
    **{name: "." for name in ("history.csv", "training_ids.parquet", RECORD)},
    **{name: "predictions" for name in ("validation.parquet", "test.parquet")},
}
"""The shared files of a finished fold of a training under way, and the folder of each below the fold's."""

SUMS = "SHA256SUMS"
"""The list of a share's files, as `sha256sum --check` reads it."""

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_MAPS = "cam"


class ShareError(Exception):
    """A study cannot be shared, or none can start from a share."""


def export(study: Path, share: Path) -> str:
    """Write a study's share, in place of an earlier one in the same folder, and return what it has.

    Raises
    ------
    ShareError
        The study has no predictions, or the folder has files and is no share.
    """
    files = dict(finished_folds(study / "work")) | dict(results_of(study / "results"))
    if not any(path.parent.name == "predictions" for path in files):
        raise ShareError(f"{study}: no predictions in it; name a study's folder, which has results/ with some")
    if share.is_dir() and any(share.iterdir()) and not (share / SUMS).exists():
        raise ShareError(f"{share}: has files, but no {SUMS} of an earlier share; name a new folder, or empty this one")
    for path in set(listed(share)) - set(files):
        (share / path).unlink(missing_ok=True)
    for path, source in files.items():
        copy(source, share / path)
    with replacing(share / SUMS) as temporary:
        temporary.write_text("".join(f"{sha256_of(share / path)}  {path}\n" for path in sorted(files)))
    size = sum((share / path).stat().st_size for path in files) / 1e6
    folds = sum(path.name == "history.csv" for path in files)
    return f"{share}: {len(files):,} files, {size:,.1f} MB, of {folds} trainings"


def results_of(results: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the files of a share that results have: the path below results/, and the file."""
    for pattern in SHARED:
        found = (path for path in results.glob(pattern) if path.parent.name != FOLDER)
        yield from ((path.relative_to(results), path) for path in found)


def finished_folds(work: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the same of folds that are finished in work/; of several attempts at one, the last finished comes last."""
    receipts = sorted(work.glob("*/**/fold-*/*/finished.json"), key=lambda receipt: receipt.stat().st_mtime)
    for receipt in receipts:
        fold = Path(*receipt.parents[1].relative_to(work).parts[1:])
        for name, folder in FOLD.items():
            source = receipt.parent / "outputs" / name
            if source.exists():
                yield fold / folder / name, source


def copy(source: Path, target: Path) -> None:
    """Copy a file; of a CAM table everything but the maps."""
    if source.name == "cams.parquet":
        table = read_arrow(source)
        write_table(table.drop_columns([_MAPS]), target)
        return
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def listed(share: Path) -> dict[Path, str]:
    """Return the checksum of each file that a share lists, by its path; empty without a list.

    Raises
    ------
    ShareError
        A line is not one of `sha256sum`, or names a file outside the share.
    """
    sums, found = share / SUMS, {}
    for line in sums.read_text().splitlines() if sums.exists() else []:
        match = _LINE.fullmatch(line)
        if match is None or Path(match[2]).is_absolute() or ".." in Path(match[2]).parts:
            raise ShareError(f"{sums}: {line!r} is no line of sha256sum with a path below the folder; export it again")
        found[Path(match[2])] = match[1]
    return found


def start(share: Path, study: Path) -> str:
    """Start a study from a share, each file compared with its checksum, and return what the study has.

    All files get one time, so that Snakemake takes none for older than what it was made from.

    Raises
    ------
    ShareError
        The folder is no share, a file is missing or damaged, or the study has results already.
    """
    files, results = listed(share), study / "results"
    if not files:
        raise ShareError(f"{share}: no {SUMS}; name the folder of a share")
    for path, checksum in files.items():
        if not (share / path).is_file() or sha256_of(share / path) != checksum:
            raise ShareError(f"{share / path}: missing, or other than {SUMS} says; copy the share again")
    if results.exists():
        raise ShareError(f"{results}: is there already; name a new folder for the study")
    for path in files:
        target = results / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(share / path, target)
        if path.name != RECORD:  # of no job's output
            record(target)
    now = (results / next(iter(files))).stat().st_mtime
    for path in files:
        os.utime(results / path, (now, now))
    return f"{study}: {len(files):,} files of results; make tables of them with the configuration of their study"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.jobs.shared", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_, paths in (
        ("export", "write a study's share", ("study", "share")),
        ("import", "start a study from a share", ("share", "study")),
    ):
        command = commands.add_parser(name, help=help_)
        for path in paths:
            command.add_argument(path, type=Path, help=f"folder of the {path}")
    arguments = parser.parse_args()
    try:
        act = export if arguments.command == "export" else lambda study, share: start(share, study)
        print(act(arguments.study, arguments.share))
    except ShareError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
