"""Kill a small study again and again, and compare what it ends in with the same study left alone.

    python tests/faults/kill_study.py --kills 200 --seed 1 --out docs/results/faults

Each round begins in an empty folder and is restarted by the same command until it has ended well.
"""

import argparse
import logging
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "workflow_scripts")]

from processes import Job, kill_tree, left_in, running_jobs  # noqa: E402
from report import Kill, Round, write_report  # noqa: E402
from selcn.storage.artifacts import sha256_of  # noqa: E402
from studies import CELL, Study, mini_study  # noqa: E402

# More epochs than the tests' study has, each saved, so that there is something to go on from.
EPOCHS = "save_every: 0\n" + "".join(
    f"{network}: {{training: {{epochs: 4}}}}\n" for network in ("segmentation", "symmetry", "lesion")
)
LONGEST_DELAY_S = 25.0
SHARE_OF_SNAKEMAKE = 0.15
LOOK_AGAIN_S = 0.05
# After the name of a script that is still loading its libraries, and has not opened its log.
LOADING = "/?"
log = logging.getLogger("kill_study")


class StudyFailedError(RuntimeError):
    """A study ended badly though nothing of it was killed."""


@dataclass
class Killer:
    """What is killed and when, drawn from a seed.

    Attributes
    ----------
    left
        How many kills are still to be made.
    epochs
        For each log of a round: how many epochs the attempts had finished that were killed.
    """

    random: random.Random
    left: int
    kills: list[Kill] = field(default_factory=list)
    epochs: Counter = field(default_factory=Counter)

    def draw(self) -> tuple[float, bool]:
        """Return at what moment to kill next, on the clock, and whether Snakemake with all its jobs."""
        moment = time.monotonic() + self.random.uniform(0, LONGEST_DELAY_S)
        return moment, self.random.random() < SHARE_OF_SNAKEMAKE

    def kill(self, snakemake: int, jobs: list[Job], whole: bool, number: int, began: float) -> Kill:
        """Kill one of the jobs, or Snakemake with all of them, and note it."""
        hit = jobs if whole else [self.random.choice(sorted(jobs, key=name_of))]
        kill_tree(snakemake if whole else hit[0].process.pid)
        names = tuple(sorted(map(name_of, hit)))
        self.epochs += Counter({name_of(job): epochs_in(job.log) for job in hit if job.log})
        earlier = [name for kill in self.kills if kill.round == number for name in kill.jobs]
        attempts = [1 + earlier.count(name) for name in names if not name.endswith(LOADING)]
        rules = tuple(name.split("/")[0] for name in names)
        kill = Kill(
            number, time.monotonic() - began, "snakemake" if whole else "job", rules, names, max(attempts, default=None)
        )
        self.kills.append(kill)
        self.left -= 1
        log.info("round %d, %.1f s: killed %s (%s)", number, kill.moment_s, kill.killed, ", ".join(names) or "no job")
        return kill


def name_of(job: Job) -> str:
    """Return a job's log below logs/, without its ending; where it has none yet, only its script is known."""
    if job.log is None:
        return job.script + LOADING
    parts = job.log.with_suffix("").parts
    return "/".join(parts[parts.index("logs") + 1 :])


def epochs_in(file: Path) -> int:
    """Return how many epochs a training's log tells of."""
    return len(re.findall(r"\bepoch \d+  train_loss", file.read_text())) if file.exists() else 0


def epochs_of(study: Study) -> Counter:
    """Return the epochs that each log of a study tells of, by the log's name."""
    logs = study.directory / "logs"
    return Counter({file.relative_to(logs).with_suffix("").as_posix(): epochs_in(file) for file in logs.rglob("*.log")})


def digests_of(study: Study) -> dict[str, str]:
    """Return the SHA-256 of the metrics, weights and predictions of a study by their paths."""
    results = study.directory / "results"
    files = [*results.rglob("metrics.json"), *results.rglob("best.pt"), *results.rglob("predictions/*.parquet")]
    return {file.relative_to(results).as_posix(): sha256_of(file) for file in sorted(files)}


def new_study(clone: Path) -> Study:
    """Return the tests' small study, with more epochs, in a new clone."""
    study = mini_study(clone)
    (clone / "config/epochs.yaml").write_text(EPOCHS)
    return Study(clone, study.directory.name, (*study.overlays, "config/epochs.yaml"))


def disturb(study: Study, killer: Killer, number: int, began: float) -> list[Kill]:
    """Start a study once and kill in it until it ends; return the kills, none where it ended well by itself.

    Raises
    ------
    StudyFailedError
        It ended badly by itself.
    """
    output, kills = study.clone / "output.txt", []
    snakemake = study.start(output, CELL)
    try:
        moment, whole = killer.draw()
        while snakemake.poll() is None:
            time.sleep(LOOK_AGAIN_S)
            if not killer.left or time.monotonic() < moment:
                continue
            jobs = running_jobs(snakemake.pid)
            if jobs or whole:
                kills.append(killer.kill(snakemake.pid, jobs, whole, number, began))
                moment, whole = killer.draw()
    finally:
        kill_tree(snakemake.pid)
    if snakemake.returncode and not kills:
        raise StudyFailedError(f"round {number} ended badly by itself:\n{output.read_text()[-4000:]}")
    return kills if snakemake.returncode else []


def run_round(number: int, clone: Path, killer: Killer, undisturbed: Study) -> Round:
    """Disturb a new study until it has ended well, and compare it with the undisturbed one."""
    study, done, began = new_study(clone), Round(number), time.monotonic()
    killer.epochs.clear()
    kills = None
    while kills is None or kills:
        if kills and kills[-1].killed == "snakemake":
            study.snakemake("--unlock")
        done.starts += 1
        kills = disturb(study, killer, number, began)
        for process in left_in(study.directory):
            done.left.append(" ".join(process.cmdline()))
            kill_tree(process.pid)
    done.seconds = time.monotonic() - began
    # More may be missing in a log than in the undisturbed one: where finished work was only handed over.
    done.epochs_repeated = (killer.epochs + epochs_of(study) - epochs_of(undisturbed)).total()
    expected, found = digests_of(undisturbed), digests_of(study)
    done.compared = len(expected)
    done.different = sorted(name for name in expected | found if expected.get(name) != found.get(name))
    return done


def main(kills: int, seed: int, out: Path, folder: Path) -> bool:
    """Make so many kills, write the report, and return whether every round was good."""
    undisturbed = new_study(folder / "undisturbed")
    disturb(undisturbed, Killer(random.Random(seed), left=0), 0, time.monotonic())
    log.info("the undisturbed study has ended; %d files to compare", len(digests_of(undisturbed)))
    killer, rounds = Killer(random.Random(seed), kills), []
    while killer.left:
        clone = folder / f"round-{len(rounds) + 1}"
        rounds.append(run_round(len(rounds) + 1, clone, killer, undisturbed))
        log.info("%s", rounds[-1])
        write_report(killer.kills, rounds, seed, out)
        if rounds[-1].good:
            shutil.rmtree(clone)
        else:
            log.error("kept to be looked at: %s", clone)
    return all(one.good for one in rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how many kills to make in all")
    parser.add_argument("--seed", type=int, default=1, help="what is killed when follows from it")
    parser.add_argument("--out", type=Path, required=True, help="folder of the report")
    parser.add_argument("--folder", type=Path, help="where to run the studies, 100 MB each; kept (default: temporary)")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    # Results are the same to the bit on a CPU only.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    folder = given.folder or Path(tempfile.mkdtemp(prefix="kill_study."))
    good = main(given.kills, given.seed, given.out, folder)
    if good and given.folder is None:
        shutil.rmtree(folder)
    sys.exit(0 if good else 1)
