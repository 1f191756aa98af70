"""Read and write the files that stages hand each other: whole or not at all, and checked when read."""

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

# Read once, while there is one thread: the only way to learn the umask is to set it.
UMASK = os.umask(0)
os.umask(UMASK)


# Why a system takes no more bytes, in words.
NO_SPACE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota of the disk is used up",
    errno.EFBIG: "a file may not be so large here (`ulimit -f`, or the file system's own limit)",
}
PROBE_BYTES = 2**20


class DamagedArtifactError(RuntimeError):
    """A file that this workflow wrote is no longer what it wrote."""


class NoSpaceError(OSError):
    """There is no room for a file."""


@contextmanager
def room_for(path: str | Path) -> Iterator[None]:
    """Say in a sentence that there is no room for a file, where a block that writes it fails for that.

    Raises
    ------
    NoSpaceError
        The block failed, and the file system takes no more.
    """
    try:
        yield
    except NoSpaceError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) and error.errno in NO_SPACE else _probe(Path(path).parent)
        if number is None:
            raise
        raise NoSpaceError(f"{path}: {NO_SPACE[number]}; make room there and run the same command again") from error


def _probe(folder: Path) -> int | None:
    """Return the error's number where a folder takes no more; NumPy and torch do not say why a write failed."""
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
    """Yield a temporary name beside `path`; rename it to `path` when the block ends well, else remove it.

    Parameters
    ----------
    path
        The final name. Its folder is made where it is missing. The temporary name keeps the ending,
        since image writers choose the format by it.

    Raises
    ------
    NoSpaceError
        There is no room for the file.
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
            # mkstemp makes private files; results are for whoever the user's umask lets read.
            temporary.chmod(0o666 & ~UMASK)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_table(frame: pd.DataFrame | pa.Table, path: str | Path) -> None:
    """Write a table as Parquet with page checksums, which turn a flipped byte into an error."""
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_arrow(path: str | Path) -> pa.Table:
    """Read a Parquet file as an Arrow table, verifying its page checksums.

    Raises
    ------
    DamagedArtifactError
        The file is cut short or its bytes have changed.
    """
    try:
        return pq.read_table(path, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise DamagedArtifactError(
            f"{path}: not the Parquet file that was written ({error}); delete it and run the same command again"
        ) from error


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a Parquet file as a data frame, verifying its page checksums."""
    return read_arrow(path).to_pandas()


def write_json(value: object, path: str | Path) -> None:
    """Write a value as indented JSON with sorted keys, so that equal values are equal files."""
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
        raise DamagedArtifactError(f"{path}: not JSON ({error}); delete it and run the same command again") from error
