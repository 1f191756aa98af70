"""Compare everything on the disk with what was written down of it when it was made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from selcn.storage.artifacts import DamagedArtifactError, read_json, read_table, sha256_of
from selcn.storage.checksums import DAMAGED, FOLDER, fault_of, record_of, set_aside

# Manifests that list files beside them: where, and in which columns path and checksum stand.
LISTS = {
    "hair/*/shard-*/manifest.parquet": [("path", "sha256")],
    "*/masks/*/shard-*/manifest.parquet": [("seg_path", "seg_sha256"), ("lae_path", "lae_sha256")],
}
# The files that they list.
PICTURES = ("hair/*/images/*", "*/masks/*/seg/*", "*/masks/*/lae/*")


@dataclass(frozen=True)
class Check:
    """One file to compare.

    Attributes
    ----------
    path
        The file.
    fault
        Returns what is wrong with it; None where nothing is.
    remade_by
        What to set aside, so that the same command makes the file again; empty where that is in no command's power.
    """

    path: Path
    fault: Callable[[], str | None]
    remade_by: tuple[Path, ...]


def checks(results: Path, work: Path) -> Iterator[Check]:
    """Yield every file of a study that something is known of: results, what manifests list, work, photographs."""
    for place in sorted(results.rglob(f"{FOLDER}/*")):
        path = place.parents[1] / place.name
        yield Check(path, partial(fault_of, path), (path,))
    for path in sorted(_without_checksum(results)):
        yield Check(path, partial(fault_of, path), (path,))
    for pattern, columns in LISTS.items():
        for manifest in sorted(results.glob(pattern)):
            yield from _listed(manifest, columns)
    for index in sorted(results.glob("data/*/index.parquet")):
        yield from _photographs(index)
    for receipt in sorted(work.rglob("finished.json")):
        if receipt.parent.name != FOLDER:
            yield from _finished(receipt)


def repair(check: Check) -> None:
    """Set aside what is damaged, so that the same command makes it again."""
    for path in check.remade_by:
        set_aside(path)


def _without_checksum(results: Path) -> Iterator[Path]:
    """Yield files that a job declared and of which no checksum is kept."""
    for path in results.rglob("*"):
        relative = path.relative_to(results)
        listed = any(relative.match(pattern) for pattern in PICTURES)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not listed and not hidden and path.suffix != DAMAGED and not record_of(path).exists():
            yield path


def _listed(manifest: Path, columns: list[tuple[str, str]]) -> Iterator[Check]:
    try:
        table = read_table(manifest)
    except DamagedArtifactError:
        return  # its own checksum says so
    for path_column, sum_column in columns:
        for relative, checksum in zip(table[path_column], table[sum_column], strict=True):
            path = manifest.parents[1] / relative
            yield Check(path, _compare(path, checksum), (path, manifest))


def _photographs(index: Path) -> Iterator[Check]:
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
            return f"{path}: is not there"
        try:
            return None if sha256_of(path) == checksum else f"{path}: its bytes have changed"
        except OSError as error:
            return f"{path}: cannot be read ({error.strerror})"

    return fault
