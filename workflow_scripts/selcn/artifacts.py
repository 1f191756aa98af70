"""Read and write the files that stages hand each other: whole or not at all, and checked when read."""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
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
        The block failed, and there is no room for more.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; results are for whoever the user's umask lets read.
        temporary.chmod(0o666 & ~UMASK)
        os.replace(temporary, path)
    except Exception as error:
        reason = _lack_of_space(error, temporary)
        if reason is None or isinstance(error, NoSpaceError):
            raise
        raise NoSpaceError(f"{path}: {reason}; make room there and run the same command again") from error
    finally:
        temporary.unlink(missing_ok=True)


def _lack_of_space(error: Exception, temporary: Path) -> str | None:
    """Return why there was no room for a file, in words; None where a write failed for another reason."""
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return NO_SPACE[error.errno]
    # NumPy, torch and OpenCV do not say why a write failed. A further one to the same file fails for the same reason.
    try:
        with open(temporary, "ab") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as refused:
        return NO_SPACE.get(refused.errno)
    return None


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


def write_array(array: np.ndarray, path: str | Path) -> None:
    """Write an array in NumPy's format."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.save(file, array)


def create_array(shape: tuple[int, ...], path: str | Path) -> np.memmap:
    """Create an array of zeros, uint8, in NumPy's format, mapped into memory to be filled.

    Its room on the disk is taken at once: a process is killed without a word where a mapped page finds none later.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    with open(path, "r+b") as file:
        os.posix_fallocate(file.fileno(), 0, array.offset + array.nbytes)
    return array


def map_array(path: str | Path) -> np.ndarray:
    """Map an array in NumPy's format into memory, read-only."""
    try:
        return np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise DamagedArtifactError(
            f"{path}: not the array that was written ({error}); delete it and run the same command again"
        ) from error


def checked_array(path: str, checksum: str) -> np.ndarray:
    """Map an array into memory after comparing its checksum with the one written beside it.

    Raises
    ------
    DamagedArtifactError
        They differ.
    """
    if sha256_of(path) != checksum:
        raise DamagedArtifactError(f"{path}: its bytes have changed; delete it and run the same command again")
    return map_array(path)
