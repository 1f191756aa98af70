"""SHA-256 checksums of job outputs, stored beside the files and verified by every job that reads them.

The checksum of `results/a/b.parquet` is in `results/a/.sha256/b.parquet`, one line in the format of `sha256sum`, so
that `cd results/a/.sha256 && sha256sum --check *` verifies the files without this workflow. Checksum files are not
declared outputs: Snakemake does not track them.
"""

import re
import time
from pathlib import Path

from selcn.storage.artifacts import DamagedArtifactError, replacing, sha256_of

FOLDER = ".sha256"
DAMAGED = ".damaged"
# As long as latency-wait, the time for which the cluster profiles wait for files.
PATIENCE_S = 120.0
_LINE = re.compile(r"([0-9a-f]{64})  \.\./(.+)\n")


def record_of(path: str | Path) -> Path:
    """Return the path of a file's checksum."""
    path = Path(path)
    return path.parent / FOLDER / path.name


def record(path: str | Path) -> None:
    """Store the checksum of a file that was just written."""
    with replacing(record_of(path)) as temporary:
        temporary.write_text(f"{sha256_of(path)}  ../{Path(path).name}\n")


def forget(path: str | Path) -> None:
    """Remove the checksum of a file that is about to be rewritten."""
    record_of(path).unlink(missing_ok=True)


def recorded(path: str | Path) -> str:
    """Return the stored checksum of a file.

    Raises
    ------
    DamagedArtifactError
        There is none, or its line is not a checksum of this file.
    """
    place = record_of(path)
    # A flipped byte may be invalid UTF-8; its replacement is not a hexadecimal digit either.
    content = place.read_text(errors="replace") if place.is_file() else ""
    match = _LINE.fullmatch(content)
    if match is None or match[2] != Path(path).name:
        found = "is not a checksum of it" if content else "is missing"
        raise DamagedArtifactError(f"{path}: its checksum {place} {found}")
    return match[1]


def fault_of(path: str | Path) -> str | None:
    """Compare a file with its checksum; return the fault found, or None."""
    try:
        expected = recorded(path)
    except DamagedArtifactError as error:
        return str(error)
    if not Path(path).is_file():
        return f"{path}: missing"
    found = sha256_of(path)
    if found != expected:
        return f"{path}: its SHA-256 is {found[:12]}..., expected {expected[:12]}...; its bytes have changed"
    return None


def set_aside(path: str | Path) -> Path:
    """Rename a damaged file, so that the same command recreates it, and return its new path."""
    path = Path(path)
    aside = path.with_name(path.name + DAMAGED)
    if path.exists():
        path.replace(aside)
    forget(path)
    return aside


def _record_appears(path: str | Path) -> bool:
    """Wait for a checksum, which a network file system may show later than its file; return whether it appeared.

    There is nothing to wait for if another job has just set the file aside.
    """
    end = time.monotonic() + PATIENCE_S
    path = Path(path)
    while not record_of(path).is_file():
        set_aside_already = not path.exists() and path.with_name(path.name + DAMAGED).exists()
        if set_aside_already or time.monotonic() >= end:
            return False
        time.sleep(0.5)
    return True


def require(path: str | Path) -> None:
    """Verify a file against its checksum, and set it aside if they differ.

    Raises
    ------
    DamagedArtifactError
        The file's bytes have changed, or its checksum is missing or damaged.
    """
    fault = fault_of(path) if _record_appears(path) else f"{path}: its checksum {record_of(path)} is missing"
    if fault is not None:
        aside = set_aside(path)
        raise DamagedArtifactError(
            f"{fault}. It was renamed to {aside.name}; run the same command again to recreate it"
        )
