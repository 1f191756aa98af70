"""What the machine can do at best: operations a second in a large matrix product, bytes a second in a large copy."""

import os
import statistics
from dataclasses import dataclass

from benchmarks.measuring import rates, rounds

REPEATS = 5
# Of the product's matrices, and the bytes copied.
SIDE, COPIED = {"cpu": 2048, "cuda": 8192}, {"cpu": 512 << 20, "cuda": 4 << 30}
QUICK_SIDE, QUICK_COPIED = 256, 4 << 20


class NoGpuError(RuntimeError):
    """A GPU is to be measured, and there is none."""


@dataclass(frozen=True)
class Ceiling:
    """Of some threads or a GPU: operations a second, in what a network computes in, and bytes read or written."""

    what: str
    operations: float
    bytes: float

    def floor(self, operations: float = 0, moved: float = 0) -> float:
        """Return the least seconds for some operations and some bytes read or written: the larger of the two."""
        return max(operations / self.operations, moved / self.bytes)


def measure_ceilings(quick: bool, device: str = "cpu") -> dict[str, Ceiling]:
    """Return the ceilings of one thread (`one`), of a thread a core (`all`), and of the GPU (`cuda`) where asked."""
    found = {"one": of_threads(1, quick), "all": of_threads(cores(), quick)}
    return found | ({"cuda": of_gpu(quick)} if device == "cuda" else {})


def of_threads(threads: int, quick: bool) -> Ceiling:
    """Return the ceiling of a number of threads, in float32."""
    import torch  # here, since the rows of small processes need none

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    operations, moved = measure("cpu", torch.float32, quick)
    torch.set_num_threads(before)
    return Ceiling(f"{threads} thread{'s' if threads > 1 else ''}, float32", operations, moved)


def of_gpu(quick: bool) -> Ceiling:
    """Return the ceiling of the GPU, in bfloat16.

    Raises
    ------
    NoGpuError
        PyTorch finds none.
    """
    import torch

    if not torch.cuda.is_available():
        raise NoGpuError(f"torch.cuda.is_available() is False (torch {torch.__version__}); expected a GPU")
    operations, moved = measure("cuda", torch.bfloat16, quick)
    return Ceiling(f"{torch.cuda.get_device_name()}, bfloat16", operations, moved)


def measure(device: str, dtype, quick: bool) -> tuple[float, float]:
    """Return operations a second of a product, and bytes a second of a copy, which reads and writes."""
    import torch

    from benchmarks.waiting import waited

    side, copied = (QUICK_SIDE, QUICK_COPIED) if quick else (SIDE[device], COPIED[device])
    a, b = torch.rand(2, side, side, device=device, dtype=dtype)
    source, target = torch.ones(2, copied, dtype=torch.uint8, device=device)
    runs = {"product": lambda: a @ b, "copy": lambda: target.copy_(source)}
    seconds = rounds({name: waited(run, device) for name, run in runs.items()}, 1 if quick else REPEATS)
    # A product adds and multiplies.
    operations, moved = rates(2 * side**3, seconds["product"]), rates(2 * copied, seconds["copy"])
    return statistics.median(operations), statistics.median(moved)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
