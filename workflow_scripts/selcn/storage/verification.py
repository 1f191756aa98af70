"""Verification of every file on disk against the checksum recorded when it was written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from selcn.storage.artifacts import DamagedArtifactError, read_json, read_table, sha256_of
from selcn.storage.checksums import DAMAGED, FOLDER, fault_of, record_of, set_aside

# Manifests that list files which no rule declares, with their columns of paths and checksums.
LISTS = {
    "hair/*/shard-*/manifest.parquet": [("path", "sha256")],
    "*/masks/*/shard-*/manifest.parquet": [("seg_path", "seg_sha256"), ("lae_path", "lae_sha256")],
    "report/sheets/*/manifest.parquet": [("path", "sha256")],
    "tensorboard/*/manifest.parquet": [("path", "sha256")],
}
# The listed files.
LISTED = ("hair/*/images/*", "*/masks/*/seg/*", "*/masks/*/lae/*", "report/sheets/*/*.js", "*.tfevents")
# Records beside results, which no rule declares: most are finished work's, whose receipt has their checksum.
RECORDS = ("environment.json", "weights/*.json")


@dataclass(frozen=True)
class Check:
    """The verification of one file.

    Attributes
    ----------
    path
        The file.
    fault
        Returns the fault found, or None.
    remade_by
        Files to set aside so that the same command recreates the file; empty where the workflow cannot recreate it.
    """

    path: Path
    fault: Callable[[], str | None]
    remade_by: tuple[Path, ...]


def checks(results: Path, work: Path) -> Iterator[Check]:
    """Yield a check of every file with a known checksum: results, files in manifests, finished work, input images."""
    for place in sorted(results.rglob(f"{FOLDER}/*")):
        path = place.parents[1] / place.name
        yield Check(path, partial(fault_of, path), (path,))
    for path in sorted(_without_checksum(results)):
        yield Check(path, partial(fault_of, path), (path,))
    for pattern, columns in LISTS.items():
        for manifest in sorted(results.glob(pattern)):
            yield from _listed(manifest, columns)
    for index in sorted(results.glob("data/*/index.parquet")):
        yield from _indexed(index)
    for receipt in sorted(work.rglob("finished.json")):
        if receipt.parent.name != FOLDER:
            yield from _finished(receipt)


def repair(check: Check) -> None:
    """Set a damaged file aside, so that the same command recreates it."""
    for path in check.remade_by:
        set_aside(path)


def _without_checksum(results: Path) -> Iterator[Path]:
    """Yield declared outputs of jobs that have no checksum."""
    for path in results.rglob("*"):
        relative = path.relative_to(results)
        listed = any(relative.match(pattern) for pattern in (*LISTED, *RECORDS))
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not listed and not hidden and path.suffix != DAMAGED and not record_of(path).exists():
            yield path


def _listed(manifest: Path, columns: list[tuple[str, str]]) -> Iterator[Check]:
    try:
        table = read_table(manifest)
    except DamagedArtifactError:
        return  # reported by the check of its own checksum
    for path_column, sum_column in columns:
        for relative, checksum in zip(table[path_column], table[sum_column], strict=True):
            path = manifest.parents[1] / relative
            yield Check(path, _compare(path, checksum), (path, manifest))


def _indexed(index: Path) -> Iterator[Check]:
    try:
        table = read_table(index)
    except DamagedArtifactError:
        return
    for path_column, sum_column in (("path", "sha256"), ("mask_path", "mask_sha256")):
        known = table[table[sum_column].notna()]
        for path, checksum in zip(map(Path, known[path_column]), known[sum_column], strict=True):
            yield Check(path, _compare(path, checksum), ())


def _finished(receipt: Path) -> Iterator[Check]:
    fault = fault_of(receipt)
    yield Check(receipt, lambda: fault, (receipt,))
    if fault is None:
        for name, checksum in read_json(receipt).items():
            path = receipt.parent / "outputs" / name
            yield Check(path, _compare(path, checksum), (path, receipt))


def _compare(path: Path, checksum: str) -> Callable[[], str | None]:
    def fault() -> str | None:
        if not path.is_file():
            return f"{path}: missing"
        try:
            return None if sha256_of(path) == checksum else f"{path}: its bytes have changed"
        except OSError as error:
            return f"{path}: cannot be read ({error.strerror})"

    return fault
