"""Artifacts, the files passed between stages: written atomically, and verified when read."""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# Read on import, while there is one thread: the umask can only be read by setting it.
UMASK = os.umask(0)
os.umask(UMASK)

# Reasons why nothing more can be written, by error number.
NO_SPACE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the file exceeds the size limit (`ulimit -f`, or the file system's own)",
}
PROBE_BYTES = 2**20


class DamagedArtifactError(RuntimeError):
    """A file's content is not what was written or listed."""


class NoSpaceError(OSError):
    """There is no space to write a file."""


@contextmanager
def room_for(path: str | Path) -> Iterator[None]:
    """Raise an error that says so where a block fails to write a file for lack of space.

    Raises
    ------
    NoSpaceError
        The block failed, and nothing more can be written beside `path`.
    """
    try:
        yield
    except NoSpaceError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) and error.errno in NO_SPACE else _probe(Path(path).parent)
        if number is None:
            raise
        raise NoSpaceError(
            f"{path}: {NO_SPACE[number]}; free space or raise the limit, then run the same command again"
        ) from error


def _probe(folder: Path) -> int | None:
    """Return the error number of a test write that fails for lack of space, else None; NumPy and torch do not tell."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as refused:
        return refused.errno if refused.errno in NO_SPACE else None
    return None


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Write a file atomically: yield a temporary path, renamed to `path` where the block succeeds, else removed.

    Parameters
    ----------
    path
        The final path; its folder is created if missing. The temporary path is in the same folder and keeps the
        suffix, by which image writers choose the format.

    Raises
    ------
    NoSpaceError
        There is no space for the file.
    """
    path = Path(path)
    with room_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with room_for(path):
            yield temporary
            # mkstemp creates private files; results follow the user's umask.
            temporary.chmod(0o666 & ~UMASK)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_table(frame: pd.DataFrame | pa.Table, path: str | Path) -> None:
    """Write a table as Parquet with page checksums, so that reading detects a flipped byte."""
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_arrow(path: str | Path) -> pa.Table:
    """Read a Parquet file as an Arrow table, verifying its page checksums.

    Raises
    ------
    DamagedArtifactError
        The file is truncated or its bytes have changed.
    """
    try:
        return pq.read_table(path, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise DamagedArtifactError(
            f"{path}: damaged Parquet file ({error}); delete it and run the same command again"
        ) from error


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a Parquet file as a data frame, verifying its page checksums."""
    return read_arrow(path).to_pandas()


def write_json(value: object, path: str | Path) -> None:
    """Write a value as indented JSON with sorted keys, so that equal values give identical files."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json(path: str | Path) -> dict:
    """Read a JSON file.

    Raises
    ------
    DamagedArtifactError
        The file is not JSON.
    """
    try:
        return json.loads(Path(path).read_text())
    except ValueError as error:
        raise DamagedArtifactError(
            f"{path}: not valid JSON ({error}); delete it and run the same command again"
        ) from error
