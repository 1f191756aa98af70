"""Read-ahead of arrays that do not fit on the GPU: rows are read while it computes the batches before them."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice

import torch
from torch import Tensor

from selcn.storage.row_arrays import RowFile, ShardedArray

# Batches read in advance. One would do if reading were always as fast as the GPU.
AHEAD = 2
NO_ROWS = torch.empty(0, dtype=torch.int64)


def read(array: RowFile | ShardedArray | Tensor, rows: Tensor) -> Tensor:
    """Return `array[rows]` on the CPU; rows (B,) int64, on the CPU."""
    return array[rows] if isinstance(array, Tensor) else torch.from_numpy(array[rows.numpy()])


class ReadAhead:
    """An array on the CPU whose rows a thread reads in advance, into pinned memory for the copy to a GPU.

    Batches are announced with `coming`. Rows that were not announced are read on request.

    Parameters
    ----------
    array
        (N, ...), read row by row.
    device
        The device that the rows are copied to.
    """

    def __init__(self, array: RowFile | ShardedArray | Tensor, device: torch.device) -> None:
        self._array, self._device = array, device
        self.shape = array.shape
        self._coming: Iterator[tuple[Tensor, Future[Tensor]]] = iter(())
        self._waiting: deque[tuple[Tensor, Future[Tensor]]] = deque()
        self._rows, self._batch = NO_ROWS, NO_ROWS

    @contextmanager
    def coming(self, batches: Sequence[Tensor]) -> Iterator[None]:
        """Read the rows of batches ahead, each (B,) on the CPU, to be requested in this order within the block."""
        with ThreadPoolExecutor(1, "read-ahead") as thread:
            self._coming = ((rows, thread.submit(self._load, rows)) for rows in batches)
            self._waiting.extend(islice(self._coming, AHEAD))
            try:
                yield
            finally:
                self._coming, self._rows, self._batch = iter(()), NO_ROWS, NO_ROWS
                self._waiting.clear()

    def of(self, rows: Tensor) -> Tensor:
        """Return rows (B,) on the device: the next announced batch, the same one again, or half of it."""
        if self._waiting and part_of(rows, self._waiting[0][0]) is not None:
            self._rows, loaded = self._waiting.popleft()
            self._waiting.extend(islice(self._coming, 1))
            self._batch = loaded.result().to(self._device, non_blocking=True)
        part = part_of(rows, self._rows)
        return self._load(rows).to(self._device, non_blocking=True) if part is None else self._batch[part]

    def _load(self, rows: Tensor) -> Tensor:
        loaded = read(self._array, rows)
        # A copy to the GPU from memory that is not pinned would block the loop.
        return loaded.pin_memory() if self._device.type == "cuda" else loaded


def part_of(rows: Tensor, batch: Tensor) -> slice | None:
    """Return the slice of a batch that equals some rows: all of it, its beginning or its end; else None."""
    if not 0 < len(rows) <= len(batch):
        return None
    parts = slice(0, len(rows)), slice(len(batch) - len(rows), len(batch))
    return next((part for part in parts if torch.equal(batch[part], rows)), None)


@contextmanager
def reading_ahead(sources: Sequence[tuple[object, Tensor]], batches: Sequence[Tensor]) -> Iterator[None]:
    """Within the block, read ahead the rows that batches need from arrays that are not on the device.

    Parameters
    ----------
    sources
        Arrays that batches are drawn from, each with the row of every sample, (n,).
    batches
        Sample numbers of each batch, (B,), in the order in which they will be requested.
    """
    with ExitStack() as stack:
        for array, rows in sources:
            if isinstance(array, ReadAhead):
                stack.enter_context(array.coming([rows[chosen] for chosen in batches]))
        yield
