"""Process many items in order with few of them in memory: in threads, or beside a GPU."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items begun per thread ahead of the one whose result is awaited.
AHEAD = 4


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield the result of each item, in the order of the items.

    `Executor.map` would submit them all: memory would grow with their number, and a terminated job would first finish
    the rest.
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
    """Yield the result of each batch, in order, computed on a device.

    A GPU has two batches at a time: it computes one while the other is read or copied back. On a CPU the main thread
    computes one after the other, so that a termination signal ends the job within a batch.
    """
    return in_order(work, batches, 2) if device.type == "cuda" else map(work, batches)
