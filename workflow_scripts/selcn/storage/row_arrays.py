"""Arrays of one row per image in NumPy's format, written and read row by row, so that memory use stays constant.

Rows are read, not memory-mapped: mapped pages count as a process's memory once they are touched, and truncating a
mapped file kills its reader without a message.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from selcn.storage.artifacts import DamagedArtifactError, replacing
from selcn.storage.shards import places

REMEDY = "delete it and run the same command again"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@contextmanager
def placing_rows(path: str | Path, count: int, shape: Sequence[int], dtype: type) -> Iterator[Callable]:
    """Write an array of `count` rows: yield a function that writes a row at its number, in any order.

    Raises
    ------
    ValueError
        A row has another shape, or some row was not written exactly once.
    """
    shape, kind, written = tuple(shape), np.dtype(dtype), np.zeros(count, bool)
    size = kind.itemsize * int(np.prod(shape))
    with replacing(path) as temporary, open(temporary, "wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": (count, *shape)}
        np.lib.format.write_array_header_1_0(file, header)
        begin = file.tell()

        def place(number: int, row: np.ndarray) -> None:
            if row.shape != shape:
                raise ValueError(f"{path}: row {number} has shape {row.shape}; expected {shape}")
            if not 0 <= number < count or written[number]:
                raise ValueError(f"{path}: unexpected row {number}; expected each of the {count} rows once")
            if file.tell() != begin + number * size:
                file.seek(begin + number * size)
            file.write(np.ascontiguousarray(row, kind).data)
            written[number] = True

        yield place
        if not written.all():
            raise ValueError(f"{path}: {written.sum()} rows were written; expected {count}")


@contextmanager
def writing_rows(path: str | Path, count: int, shape: Sequence[int], dtype: type) -> Iterator[Callable]:
    """Write an array of `count` rows: yield a function that appends a row; see `placing_rows`."""
    numbers = itertools.count()
    with placing_rows(path, count, shape, dtype) as place:
        yield lambda row: place(next(numbers), row)


def files_of_shards(folder: str | Path, name: str) -> list[str]:
    """Return the files of one name in a data set's folder, in the order of its shards."""
    found = Path(folder).glob(f"shard-*/{name}")
    return [str(path) for path in sorted(found, key=lambda path: int(path.parent.name.removeprefix("shard-")))]


class RowFile:
    """An array in a file, whose rows are read on access.

    Raises
    ------
    DamagedArtifactError
        The file is not an array in NumPy's format, or its length does not match its header.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        with open(path, "rb") as file:
            try:
                shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
            except (ValueError, KeyError) as error:
                raise DamagedArtifactError(f"{path}: not an array in NumPy's format ({error}); {REMEDY}") from error
            self._begin = file.tell()
            size = os.fstat(file.fileno()).st_size
        self.shape, self.dtype = shape, dtype
        self._row = dtype.itemsize * int(np.prod(shape[1:]))
        self.nbytes = self._row * len(self)
        if size != self._begin + self.nbytes:
            raise DamagedArtifactError(f"{path}: {size} bytes; expected {self._begin + self.nbytes}; {REMEDY}")
        self._file = open(path, "rb")  # noqa: SIM115 (open as long as the array is)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: int | Sequence[int] | np.ndarray) -> np.ndarray:
        """Return one row, or those of an array of row numbers."""
        rows = np.asarray(rows, np.int64)
        if rows.ndim == 0:
            return self[rows[None]][0]
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for place, row in zip(out, rows, strict=True):
            self._read(int(row), place)
        return out

    def _read(self, row: int, place: np.ndarray) -> None:
        if not 0 <= row < len(self):
            raise IndexError(f"{self.path}: no row {row} among {len(self)}")
        buffer, begin = place.data.cast("B"), self._begin + row * self._row
        if os.preadv(self._file.fileno(), [buffer], begin) != self._row:
            raise DamagedArtifactError(f"{self.path}: truncated while it was read; run the same command again")


class ShardedArray:
    """The array of a whole data set, one row per image, stored in one file per shard.

    Parameters
    ----------
    paths
        The shards' files, in order.
    image_ids
        Every image of the data set, in the order of the rows; each shard's rows follow the same order.

    Raises
    ------
    DamagedArtifactError
        The files do not have one row per image.
    """

    def __init__(self, paths: Sequence[str], image_ids: Sequence[str]) -> None:
        parts, rows = places(image_ids, len(paths))
        self._open(paths, np.bincount(parts, minlength=len(paths)), parts, rows)

    @classmethod
    def of_rows(
        cls, paths: Sequence[str], counts: Sequence[int], parts: np.ndarray, rows: np.ndarray
    ) -> "ShardedArray":
        """Return an array of selected rows of several files.

        Parameters
        ----------
        counts
            Number of rows of each file.
        parts, rows
            File number of each selected row, and its row number in that file, (n,).
        """
        array = cls.__new__(cls)
        array._open(paths, counts, parts, rows)
        return array

    def _open(self, paths: Sequence[str], counts: Iterable[int], parts: np.ndarray, rows: np.ndarray) -> None:
        self._files = [RowFile(path) for path in paths]
        self._parts, self._rows = parts, rows
        for file, count in zip(self._files, counts, strict=True):
            if len(file) != count:
                raise DamagedArtifactError(
                    f"{file.path}: {len(file)} rows; expected {count}, one per image of its shard; {REMEDY}"
                )
        self.shape = (len(parts), *self._files[0].shape[1:])
        self.dtype = self._files[0].dtype
        self.nbytes = self.dtype.itemsize * int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: int | Sequence[int] | np.ndarray) -> np.ndarray:
        """Return one row, or those of an array of row numbers."""
        rows = np.asarray(rows, np.int64)
        if rows.ndim == 0:
            return self[rows[None]][0]
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for part in np.unique(self._parts[rows]):
            chosen = np.flatnonzero(self._parts[rows] == part)
            out[chosen] = self._files[part][self._rows[rows[chosen]]]
        return out
