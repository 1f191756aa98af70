"""What every row is given."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ceilings import Ceiling
from benchmarks.photographs import Photographs


@dataclass(frozen=True)
class Bench:
    """One run of the benchmarks.

    Attributes
    ----------
    photographs
        JPEG files of 600x450 pixels.
    ceilings
        What one thread can do at best (`one`), a thread a core (`all`), and the GPU (`cuda`) where that is measured.
    folder
        For whatever a row writes; it is removed at the end.
    quick
        Whether sizes are a test's: the figures mean nothing then.
    full
        Whether the rows that take minutes are measured too.
    device
        What networks compute on: `cpu`, or `cuda`.
    """

    photographs: Photographs
    ceilings: Mapping[str, Ceiling]
    folder: Path
    quick: bool = False
    full: bool = False
    device: str = "cpu"

    def size(self, full: int, quick: int) -> int:
        """Return a number of images, rounds or pixels: the measured one, or a test's."""
        return quick if self.quick else full

    @property
    def ceiling(self) -> Ceiling:
        """What the device can do at best, a CPU with all its cores."""
        return self.ceilings["all" if self.device == "cpu" else self.device]

    def encoder(self, name: str) -> str:
        """Return the encoder to train: the measured one, or a test's."""
        return "test_efficientnet" if self.quick else name


def shares(steps: Mapping[str, Callable[[], object]], repeats: int) -> str:
    """Return which part of their common time each of some steps takes, the costliest first, as words."""
    seconds = {}
    for name, step in steps.items():
        begun = time.perf_counter()
        for _ in range(repeats):
            step()
        seconds[name] = time.perf_counter() - begun
    total = sum(seconds.values())
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100 * value / total:.0f} %" for name, value in ordered)
