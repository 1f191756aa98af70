"""The checksum of every file that a job wrote, kept beside it, and compared by every job that reads the file.

`results/a/b.parquet` has `results/a/.sha256/b.parquet`, one line as `sha256sum` writes it, so that
`cd results/a/.sha256 && sha256sum --check *` says the same without this workflow. It lies outside the declared
outputs: Snakemake knows nothing of it.
"""

import re
import time
from pathlib import Path

from selcn.storage.artifacts import DamagedArtifactError, replacing, sha256_of

FOLDER = ".sha256"
DAMAGED = ".damaged"
# As long as a profile for a cluster waits for files (latency-wait).
PATIENCE_S = 120.0
_LINE = re.compile(r"([0-9a-f]{64})  \.\./(.+)\n")


def record_of(path: str | Path) -> Path:
    """Return where the checksum of a file is kept."""
    path = Path(path)
    return path.parent / FOLDER / path.name


def record(path: str | Path) -> None:
    """Keep the checksum of a file that was just written."""
    with replacing(record_of(path)) as temporary:
        temporary.write_text(f"{sha256_of(path)}  ../{Path(path).name}\n")


def forget(path: str | Path) -> None:
    """Remove the checksum of a file that is about to be written again."""
    record_of(path).unlink(missing_ok=True)


def recorded(path: str | Path) -> str:
    """Return the checksum that was kept of a file.

    Raises
    ------
    DamagedArtifactError
        None was kept, or what was kept is no checksum of this file.
    """
    place = record_of(path)
    # A flipped byte may be no UTF-8; whatever it becomes, it is no hexadecimal digit.
    content = place.read_text(errors="replace") if place.is_file() else ""
    match = _LINE.fullmatch(content)
    if match is None or match[2] != Path(path).name:
        found = "is no line of a checksum" if content else "is not there"
        raise DamagedArtifactError(f"{path}: its checksum {place} {found}")
    return match[1]


def fault_of(path: str | Path) -> str | None:
    """Return what is wrong with a file, compared with its checksum; None where nothing is."""
    try:
        expected = recorded(path)
    except DamagedArtifactError as error:
        return str(error)
    if not Path(path).is_file():
        return f"{path}: is not there"
    found = sha256_of(path)
    if found != expected:
        return f"{path}: its SHA-256 is {found[:12]}..., expected {expected[:12]}...; its bytes have changed"
    return None


def set_aside(path: str | Path) -> Path:
    """Rename a damaged file, so that the same command makes it again, and return its new name."""
    path = Path(path)
    aside = path.with_name(path.name + DAMAGED)
    if path.exists():
        path.replace(aside)
    forget(path)
    return aside


def _record_appears(path: str | Path) -> bool:
    """Wait a while for a checksum, which a network file system may show later than its file; return whether it came.

    There is nothing to wait for where another job has just set the file aside.
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
    """Refuse a file that is not what was written, and set it aside.

    Raises
    ------
    DamagedArtifactError
        The file's bytes have changed, or its checksum is missing or damaged.
    """
    fault = fault_of(path) if _record_appears(path) else f"{path}: its checksum {record_of(path)} is not there"
    if fault is not None:
        aside = set_aside(path)
        raise DamagedArtifactError(
            f"{fault}. It was renamed to {aside.name}; run the same command again to make it anew"
        )
