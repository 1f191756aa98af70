"""Run rows, one after the other, each in a process of its own."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.ceilings import measure_ceilings
from benchmarks.machine import describe_machine, versions
from benchmarks.measuring import Line
from benchmarks.photographs import find_photographs
from benchmarks.table import Report, cells

# By the device that networks compute on: a GPU's are those that stand open elsewhere.
ROWS = {
    "cpu": (
        "hair",
        "reading",
        "rank_loss",
        "grad_cam",
        "cam_size",
        "training",
        "huge_pages",
        "job_start",
        "planning",
        "study_cost",
        "memory",
    ),
    "cuda": ("training", "options", "grad_cam", "grid"),
}
DRAWN, QUICK_DRAWN = 24, 3


def measure_row(name: str, bench: Bench) -> list[Line]:
    """Return the lines of one row, each printed as soon as it is there."""
    lines = []
    for line in import_module(f"benchmarks.rows.{name}").measure(bench):
        print(" | ".join(cells(line)), file=sys.stderr, flush=True)
        lines.append(line)
    return lines


def alone(function: Callable, *arguments: object) -> object:
    """Return a function's result from a process of its own: threads, memory and torch's modes are no other row's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def run_rows(names: Sequence[str], command: str, quick: bool, full: bool, device: str) -> Iterator[Report]:
    """Run some rows, one after the other, and yield what there is after each; one may fail."""
    around = {"command": command, "date": datetime.now(UTC).date().isoformat(), "quick": quick, "device": device}
    around |= {"machine": describe_machine(), "versions": versions()}
    lines, failed = {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        photographs = alone(find_photographs, folder / "photographs", QUICK_DRAWN if quick else DRAWN)
        ceilings = alone(measure_ceilings, quick, device)
        for name in names:
            print(f"{name} ...", file=sys.stderr, flush=True)
            (folder / name).mkdir()
            bench = Bench(photographs, ceilings, folder / name, quick, full, device)
            try:
                lines[name] = alone(measure_row, name, bench)
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                print(f"{name}: {error}", file=sys.stderr)
            yield Report(dict(lines), dict(failed), around | {"images": photographs.kind}, ceilings)
