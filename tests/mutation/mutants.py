"""Draw a sample of mutants, and run the unit tests of its module on each.

    python tests/mutation/mutants.py draw
    python tests/mutation/mutants.py run

See README.md.
"""

import csv
import importlib.machinery
import os
import random
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from areas import AREAS
from operators import Mutant, mutants_of

SEED, SAMPLE, LEAST = 20261127, 300, 25
ROOT = Path(__file__).parents[2]
LIBRARY, TABLE = ROOT / "workflow_scripts" / "selcn", Path(__file__).with_name("mutants.csv")
COLUMNS = ("area", "file", "line", "column", "operator", "before", "after", "outcome", "by")
SECONDS = 300


def draw() -> None:
    """Write the table of a sample: `LEAST` mutants of each area, the others from all that are left."""
    generator = random.Random(SEED)
    every = {area: list(_candidates(modules)) for area, modules in AREAS.items()}
    drawn = {area: generator.sample(mutants, LEAST) for area, mutants in every.items()}
    left = [(area, mutant) for area, mutants in every.items() for mutant in mutants if mutant not in drawn[area]]
    for area, mutant in generator.sample(left, SAMPLE - LEAST * len(AREAS)):
        drawn[area].append(mutant)
    for area, mutants in every.items():
        print(f"{area}: {len(drawn[area])} of {len(mutants)}")
    _write(
        [
            dict(zip(COLUMNS, (area, file, m.line, m.column, m.operator, m.before, m.after, "", ""), strict=True))
            for area, mutants in drawn.items()
            for file, m in sorted(mutants, key=lambda found: (found[0], found[1].line, found[1].column, found[1].after))
        ]
    )


def _candidates(modules: Iterable[str]) -> Iterable[tuple[str, Mutant]]:
    for module in modules:
        for mutant in mutants_of((LIBRARY / module).read_text()):
            yield module, mutant


def run() -> None:
    """Run every mutant without an outcome, each in a process of its own, and note the outcome as it comes."""
    _import_the_heavy_packages()
    rows = list(csv.DictReader(TABLE.open(newline="")))
    for number, row in enumerate(rows):
        if not row["outcome"]:
            begun = time.monotonic()
            row["outcome"], row["by"] = outcome_of(row)
            _write(rows)
            print(number, f"{time.monotonic() - begun:.0f} s", *list(row.values())[:5], row["outcome"], flush=True)


def outcome_of(row: dict[str, str]) -> tuple[str, str]:
    """Return `killed` and by which test, or `survived`."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.setsid()
        try:
            _test(row, write)
        finally:
            os._exit(0)
    os.close(write)
    ended = time.monotonic() + SECONDS
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > ended:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "killed", f"no end within {SECONDS} s"
        time.sleep(0.05)
    with os.fdopen(read) as answer:
        by = answer.read()
    return ("survived", "") if by == "passed" else ("killed", by or "the process died")


def _test(row: dict[str, str], answer: int) -> None:
    """Run tests on a mutant in this process, until one fails; write its name, or `passed`."""
    import pytest
    from hypothesis import Phase, settings

    # A failing example need not be made small; the tests' own profile inherits this.
    settings.register_profile("unshrunk", phases=(Phase.explicit, Phase.generate))
    settings.load_profile("unshrunk")

    path = LIBRARY / row["file"]
    mutant = Mutant(int(row["line"]), int(row["column"]), row["operator"], row["before"], row["after"])
    source, get_code = mutant.applied(path.read_text()), importlib.machinery.SourceFileLoader.get_code

    def mutated(loader, name: str):
        return compile(source, str(path), "exec") if loader.path == str(path) else get_code(loader, name)

    importlib.machinery.SourceFileLoader.get_code = mutated

    class FirstFailure:
        failed = ""

        def pytest_runtest_logreport(self, report) -> None:
            if report.failed and not self.failed:
                self.failed = report.nodeid

    os.chdir(ROOT)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    plugin = FirstFailure()
    files = [f"tests/unit/{file}" for file in AREAS[row["area"]][row["file"]]]
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[plugin])
    os.write(answer, (plugin.failed or ("passed" if code == 0 else "the import of a test file")).encode())


def _import_the_heavy_packages() -> None:
    import cv2  # noqa: F401
    import hypothesis  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pytest  # noqa: F401
    import scipy.stats  # noqa: F401
    import segmentation_models_pytorch  # noqa: F401
    import sklearn.metrics
    import sklearn.model_selection  # noqa: F401
    import timm  # noqa: F401
    import torch  # noqa: F401


def _write(rows: list[dict]) -> None:
    temporary = TABLE.with_suffix(".part")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    temporary.replace(TABLE)


if __name__ == "__main__":
    {"draw": draw, "run": run}[sys.argv[1]]()
