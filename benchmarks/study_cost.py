"""What the default study takes, by stage: jobs, processor hours and GPU hours, before and now; and its size on disk.

    python -m benchmarks.study_cost docs/results/cost

The jobs are those of a dry run, those before are kept in before.csv. What a job takes beyond its start is the same work
on the same images, estimated from rates.json (`benchmarks.gpu_rates`). Nothing is run, and no image is needed.
"""

import argparse
import csv
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from benchmarks import CLONE
from benchmarks.plan_study import write_label_tables
from benchmarks.processes import run
from benchmarks.study_size import sizes
from benchmarks.study_work import GPU_RULES, GPU_WORK, PROCESSOR_WORK, STAGES, STARTS, assumptions

FOLDER = CLONE / "docs/results/cost"
BEFORE = "34db79f"


@dataclass(frozen=True)
class Plan:
    """What a dry run of the default study says.

    Attributes
    ----------
    jobs
        How many there are of each rule.
    submitted
        How many jobs they are of Slurm's.
    """

    jobs: Counter
    submitted: int


@dataclass(frozen=True)
class Cost:
    """Of a stage or of the whole study."""

    jobs: int
    processor_hours: float
    gpu_hours: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.jobs + other.jobs,
            self.processor_hours + other.processor_hours,
            self.gpu_hours + other.gpu_hours,
        )


NOTHING = Cost(0, 0, 0)


def plan_default_study(folder: Path) -> Plan:
    """Plan config.yaml's study as for Slurm, its data sets label tables alone, in a folder."""
    data = folder / "data.yaml"
    data.write_text(yaml.safe_dump(write_label_tables(folder, 10)))
    command = [sys.executable, "-m", "snakemake", "--dry-run", "all", "--profile", "profiles/slurm", "--quiet", "host"]
    command += ["--directory", str(folder / "study"), "--configfile", str(data)]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return plan_of(run(command, CLONE, {"PATH": path, "PWD": str(CLONE)}).output)


def plan_of(said: str) -> Plan:
    """Read what a dry run says: its table of jobs, and its groups with their jobs indented."""
    table = said[said.index("Job stats:") :].partition("\n\n")[0]
    jobs = Counter({rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)})
    del jobs["total"], jobs["all"]
    groups = len(re.findall(r"Group job \S+ \(", said))
    grouped = len(re.findall(r"^ +Job \d+:", said, re.MULTILINE))
    return Plan(jobs, jobs.total() - grouped + groups)


def jobs_before() -> Counter:
    """Return the jobs of each rule of the workflow that ours is compared with, each a job of Slurm's."""
    with open(FOLDER / "before.csv", newline="") as lines:
        return Counter({line["rule"]: int(line["jobs"]) for line in csv.DictReader(lines)})


def costs(jobs: Mapping[str, int], rates: Mapping[str, float]) -> dict[str, Cost]:
    """Return each stage's cost.

    Parameters
    ----------
    rates
        Images a second, by what is done and by which network.

    Raises
    ------
    ValueError
        A rule is in no stage, or in several.
    """
    if wrong := sorted(rule for rule in jobs if sum(_is_of(rule, stage) for stage in STAGES) != 1):
        raise ValueError(f"rules {', '.join(wrong)}: expected each in one of STAGES of benchmarks/study_work.py")
    return {stage: cost_of(stage, jobs, rates) for stage in STAGES}


def cost_of(stage: str, jobs: Mapping[str, int], rates: Mapping[str, float]) -> Cost:
    """Return a stage's cost: the starts of its jobs, and its work; a job holds one core while it holds a GPU."""
    count = {rule: number for rule, number in jobs.items() if _is_of(rule, stage)}
    on_gpu = sum(count[rule] for rule in count if rule in GPU_RULES)
    gpu = on_gpu * STARTS["gpu"] + sum(images / rates[what] for what, images in GPU_WORK.get(stage, ()))
    processor = (sum(count.values()) - on_gpu) * STARTS["processor"] + PROCESSOR_WORK.get(stage, 0) + gpu
    return Cost(sum(count.values()), processor / 3600, gpu / 3600)


def _is_of(rule: str, stage: str) -> bool:
    return any(fnmatchcase(rule, pattern) for pattern in STAGES[stage])


def rates_and_where() -> tuple[dict[str, float], str]:
    """Return the measured images a second, and what they were measured on."""
    measured = json.loads((FOLDER / "rates.json").read_text())
    return measured["rates"], measured["where"]


def table(before: Mapping[str, Cost], now: Mapping[str, Cost]) -> list[str]:
    """Return the lines of a table in Markdown: a stage each, and the sum."""
    total = [("**all**", sum(before.values(), NOTHING), sum(now.values(), NOTHING))]
    rows = [(stage, before[stage], now[stage]) for stage in before] + total
    return [
        "| stage | jobs before | now | processor hours before | now | GPU hours before | now |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {stage} | {old.jobs} | {new.jobs} | {old.processor_hours:.1f} | {new.processor_hours:.1f} "
            f"| {old.gpu_hours:.1f} | {new.gpu_hours:.1f} |"
            for stage, old, new in rows
        ),
    ]


def size_table(rows: Sequence[tuple[str, int, float, str]]) -> list[str]:
    """Return the lines of a table in Markdown: what lies on the disk, and the sum."""
    total = ("**all**", sum(files for _, files, _, _ in rows), sum(size for _, _, size, _ in rows), "")
    return [
        "| what | files | GB | estimated from |",
        "| --- | --- | --- | --- |",
        *(f"| {what} | {files:,} | {size / 1e9:.1f} | {how} |" for what, files, size, how in [*rows, total]),
    ]


def report(plan: Plan) -> str:
    """Return the README of the results."""
    rates, where = rates_and_where()
    before, now = costs(jobs_before(), rates), costs(plan.jobs, rates)
    return "\n".join(
        [
            "# What the default study takes",
            "",
            f"`python -m benchmarks.study_cost docs/results/cost`: `config.yaml`, both protocols; before: {BEFORE}.",
            f"Images a second on one GPU: {where}.",
            f"Jobs submitted to Slurm: {jobs_before().total()} before, {plan.submitted} now.",
            "",
            *table(before, now),
            "",
            "Both columns have the networks, images and epochs of now; what differs is how often a job starts.",
            "",
            *(f"- {line}" for line in assumptions()),
            "",
            "## On the disk",
            "",
            *size_table(sizes()),
            "",
            "`work/` takes no more where the file system has hard links: finished work is the results' files under a",
            "second name. While a network is trained its progress takes four times its size.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study_cost", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for README.md")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        text = report(plan_default_study(Path(folder)))
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
