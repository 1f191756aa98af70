"""`snakemake -n all` on the full study, both protocols, when nothing is to be done."""

import os
import sys
from pathlib import Path

import yaml

from benchmarks import CLONE
from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target
from benchmarks.plan_study import SEEDS, write_label_tables
from benchmarks.processes import Usage, run

# The number of ISIC2019's images.
IMAGES = 25_331
# Snakemake's touch waits a tenth of a second a file, which thousands of placeholders need not.
TOUCH = (
    "from snakemake.executors import touch; touch.Executor.SLEEPING_TIME = 0; from snakemake.cli import main; main()"
)
# All that is ready in one go: nothing is computed.
AT_ONCE = ("--cores", "10000", "--resources", "gpu=10000", "mem_mb=100000000", "--scheduler", "greedy")
NOTHING = "Nothing to be done"


class Study:
    """A study of which every output is there, as an empty file with Snakemake's record of the job that made it."""

    def __init__(self, folder: Path, settings: dict, targets: list[str]) -> None:
        self.folder, self.targets = folder, targets
        folder.mkdir()
        overlay = folder / "overlay.yaml"
        data = write_label_tables(folder, IMAGES)
        overlay.write_text(yaml.safe_dump(data | settings | {"data": data["data"] | settings.get("data", {})}))
        self.arguments = ["--directory", str(folder / "study"), "--configfile", str(overlay)]

    def snakemake(self, *arguments: str, start: tuple[str, ...] = ("-m", "snakemake")) -> Usage:
        """Run Snakemake on the targets."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return run([sys.executable, *start, *self.targets, *arguments, *self.arguments], CLONE, {"PATH": path})

    def finish(self) -> int:
        """Write every output, have Snakemake record them as made, and return how many there are."""
        summary = self.snakemake("--summary", "--cores", "1").output.splitlines()
        lines = [line.split("\t") for line in summary if line.count("\t") == 5]
        files = [self.folder / "study" / file for file, _, _, _, status, _ in lines if status == "missing"]
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        self.snakemake("--touch", "--forceall", "--quiet", "all", *AT_ONCE, start=("-c", TOUCH))
        return len(files)

    def plan(self) -> Usage:
        """Ask what is to be done.

        Raises
        ------
        RuntimeError
            Something is.
        """
        planned = self.snakemake("--dry-run", "--cores", "1")
        if NOTHING not in planned.output:
            raise RuntimeError(f"the finished study has jobs to be done:\n{planned.output[-3000:]}")
        return planned


def measure(bench: Bench) -> list[Line]:
    """Return seconds and megabytes of planning."""
    targets = ["results/data/ham10000/index.parquet"] if bench.quick else ["all"]
    study = Study(bench.folder / "planned", SEEDS, targets)
    files = study.finish()
    study.plan()
    plans = [study.plan() for _ in range(bench.size(3, 1))]
    floor = [run([sys.executable, "-c", "import snakemake.cli"], CLONE) for _ in plans]
    note = f"thesis and leakfree, 5 seeds, {files} files, empty but for the label tables, recorded by snakemake --touch"
    command = "`import snakemake.cli` alone"
    return [
        Line(
            what="snakemake -n all, full study, nothing to do",
            unit="s",
            higher_is_better=False,
            ours=tuple(plan.seconds for plan in plans),
            peer=tuple(usage.seconds for usage in floor),
            peer_name=command,
            target=Target("5 s", most=5),
            note=note,
        ),
        Line(
            what="snakemake -n all, memory",
            unit="MB",
            higher_is_better=False,
            ours=tuple(plan.megabytes for plan in plans),
            peer=tuple(usage.megabytes for usage in floor),
            peer_name=command,
            target=Target("500 MB", most=500),
        ),
    ]
