"""What the machine can do at best: operations a second in a large matrix product, bytes a second in a large copy."""

import os
import statistics
from dataclasses import dataclass

from benchmarks.measuring import rates, rounds

SIDE, COPIED, REPEATS = 2048, 512 << 20, 5
QUICK_SIDE, QUICK_COPIED = 256, 4 << 20


@dataclass(frozen=True)
class Ceiling:
    """Of a number of threads: float32 operations a second, and bytes read or written a second."""

    threads: int
    operations: float
    bytes: float

    def floor(self, operations: float = 0, moved: float = 0) -> float:
        """Return the least seconds for some operations and some bytes read or written: the larger of the two."""
        return max(operations / self.operations, moved / self.bytes)


def measure_ceilings(quick: bool) -> dict[str, Ceiling]:
    """Return the ceilings of one thread (`one`) and of a thread a core (`all`)."""
    return {"one": measure(1, quick), "all": measure(cores(), quick)}


def measure(threads: int, quick: bool) -> Ceiling:
    """Return the ceiling of a number of threads."""
    import torch  # here, since the rows of small processes need none

    side, copied = (QUICK_SIDE, QUICK_COPIED) if quick else (SIDE, COPIED)
    a, b = torch.rand(side, side), torch.rand(side, side)
    source, target = torch.ones(copied, dtype=torch.uint8), torch.ones(copied, dtype=torch.uint8)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    seconds = rounds({"product": lambda: a @ b, "copy": lambda: target.copy_(source)}, 1 if quick else REPEATS)
    torch.set_num_threads(before)
    # A product adds and multiplies; a copy reads and writes.
    operations, moved = rates(2 * side**3, seconds["product"]), rates(2 * copied, seconds["copy"])
    return Ceiling(threads, statistics.median(operations), statistics.median(moved))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
