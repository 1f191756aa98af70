"""What was killed and what came of it, as kills.csv and a README.md beside it."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

INTRODUCTION = """# A study that is killed again and again

One lesion cell of a small demo with everything it needs, 4 epochs a training, on a CPU, three jobs at a time. At random
moments one job is killed with SIGKILL, at times Snakemake with all its jobs. Whenever the run has ended the same
command is given again, after `--unlock` where Snakemake itself was killed. In the end the metrics, weights and
predictions are compared with those of the same study left alone.
"""


@dataclass(frozen=True)
class Kill:
    """One kill.

    Attributes
    ----------
    moment_s
        Seconds since the round began.
    killed
        `job`, or `snakemake` with every job under it.
    rules
        The rules of the jobs that were hit; none where Snakemake was between two.
    jobs
        The same jobs by their logs below logs/.
    attempt
        1 where the job had not been killed before in this round; of several jobs, the highest; None where all of them
        were still loading their libraries, so that it is not known which jobs they were.
    """

    round: int
    moment_s: float
    killed: str
    rules: tuple[str, ...]
    jobs: tuple[str, ...]
    attempt: int | None


@dataclass
class Round:
    """One study, disturbed until it ended.

    Attributes
    ----------
    starts
        How often the command was given.
    epochs_repeated
        Whole epochs that were trained more than once, as far as the logs say.
    compared
        Files compared with those of the undisturbed study.
    different
        Those of them that are missing, new, or not equal to the bit.
    left
        Processes that were left running after Snakemake had ended.
    """

    number: int
    starts: int = 0
    seconds: float = 0.0
    epochs_repeated: int = 0
    compared: int = 0
    different: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.different and not self.left


def write_report(kills: Sequence[Kill], rounds: Sequence[Round], seed: int, out: Path) -> None:
    """Write kills.csv and README.md into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        (k.round, f"{k.moment_s:.1f}", k.killed, " ".join(k.rules), " ".join(k.jobs), k.attempt or "") for k in kills
    ]
    columns = ["round", "moment_s", "killed", "rule", "job", "attempt"]
    pd.DataFrame(rows, columns=columns).to_csv(out / "kills.csv", index=False, lineterminator="\n")
    (out / "README.md").write_text(summary(kills, rounds, seed))


def summary(kills: Sequence[Kill], rounds: Sequence[Round], seed: int) -> str:
    """Return the totals in words and tables."""
    by_rule = Counter(rule for kill in kills for rule in kill.rules)
    whole = sum(kill.killed == "snakemake" for kill in kills)
    minutes = sum(one.seconds for one in rounds) / 60
    compared = min((one.compared for one in rounds), default=0)
    equal = sum(not one.different for one in rounds)
    lines = [
        INTRODUCTION,
        f"    python tests/faults/kill_study.py --kills {len(kills)} --seed {seed} --out docs/results/faults",
        "",
        "| | |",
        "| --- | --- |",
        f"| kills | {len(kills)}, of them {whole} of Snakemake with all its jobs |",
        f"| rounds, each from an empty folder | {len(rounds)} |",
        f"| starts of the command after the first | {sum(one.starts - 1 for one in rounds)} |",
        f"| rounds equal to the bit | {equal} of {len(rounds)}, {compared} files each |",
        f"| whole epochs trained again | {sum(one.epochs_repeated for one in rounds)} |",
        f"| processes left running | {sum(len(one.left) for one in rounds)} |",
        f"| most kills of one job in a round | {max((kill.attempt or 0 for kill in kills), default=0)} |",
        f"| time | {minutes:.0f} minutes on {os.cpu_count()} cores, Python {platform.python_version()} |",
        "",
        "The epoch that a kill falls into is trained again in any case, and not counted.",
        "",
        "| rule | its jobs killed |",
        "| --- | --- |",
        *(f"| {rule} | {count} |" for rule, count in sorted(by_rule.items())),
        "",
        "`kills.csv` has every kill: the round, the seconds since it began, what was killed, rule and job, and at",
        "which attempt (1: the job had not been killed before in this round). A job that ends in /? was still",
        "loading its libraries: it is not known which of its rule's it was.",
    ]
    for one in rounds:
        if not one.good:
            lines += ["", f"Round {one.number}: different {one.different}; left running {one.left}."]
    return "\n".join(lines) + "\n"
