"""Work through many items in order, with only a few of them in hand: in threads, or beside a GPU."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# So many items a thread are begun ahead of the one whose result is asked for.
AHEAD = 4


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield the result of each item, in the order of the items.

    `Executor.map` would begin them all: its memory grows with their number, and a job that is told to stop would first
    work through the rest.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque(pool.submit(work, item) for item in islice(remaining, AHEAD * threads))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(work, item) for item in islice(remaining, 1))
                yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def beside_gpu(work: Callable[[Item], Result], batches: Iterable[Item], device) -> Iterator[Result]:
    """Yield what networks on a device make of each batch, in order.

    A GPU has two batches in hand: it computes one while the other is read, launched or copied back. On a CPU the main
    thread computes one after the other, so that a signal to stop ends the job within a batch.
    """
    return in_order(work, batches, 2) if device.type == "cuda" else map(work, batches)
