"""A small study under profiles/slurm, and what is done to it while it runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slurm.accounting import Attempt, running_job
from slurm.cluster import Cluster, wait_for
from studies import CELL, PROJECT, Study, copy_project

# Made on this machine beforehand, to save the tests' time.
PREPARED = [f"results/packed/{dataset}/manifest.parquet" for dataset in ("ham10000", "symderm", "isic2019")]
PREPARED += [f"results/thesis/splits/{dataset}.parquet" for dataset in ("ham10000", "symderm")]
PREPARED += [f"results/thesis/settings/{network}.yaml" for network in ("segmentation", "symmetry", "lesion")]
# The profile's waits are for a real cluster. The first attempt at one rule has too little memory even to start.
QUICK = ["--slurm-init-seconds-before-status-checks", "3", "--seconds-between-status-checks", "1"]
QUICK += ["--max-status-checks-per-second", "5", "--latency-wait", "10"]
STARVED = "split_by_image:mem_mb=50 if wildcards.dataset == 'isic2019' and attempt == 1 else 1000"
SEGMENTATION = ("train_segmentation", "thesis_unet_0", "thesis/unet/fold-0")
LESION = ("train_lesion_ham10000", "thesis_ham10000_cls-none_sym-lae_42", "thesis/cls-none_sym-lae/seed-42")


@dataclass(frozen=True)
class Outcome:
    """A study that has run: what it left behind, what Snakemake said, and what Slurm's accounting says."""

    study: Study
    returncode: int
    output: str
    attempts: list[Attempt]

    def attempts_at(self, rule: str, wildcards: str) -> list[Attempt]:
        """Return the attempts at one job, the first one first."""
        return [attempt for attempt in self.attempts if (attempt.rule, attempt.wildcards) == (rule, wildcards)]


def small_study(clone: Path) -> Study:
    """Return the study of `mini.yaml` and `slurm.yaml` in a clone."""
    copy_project(clone)
    for overlay in (PROJECT / "tests/workflow/mini.yaml", Path(__file__).with_name("slurm.yaml")):
        shutil.copy(overlay, clone / "config")
    return Study(clone, "mini", ("config/demo.yaml", "config/mini.yaml", "config/slurm.yaml"))


@dataclass(frozen=True)
class Run:
    """A study that runs through the profile."""

    study: Study
    process: subprocess.Popen
    output: Path

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds, at most a quarter of an hour, and no longer than Snakemake runs."""
        wait_for(lambda: condition() or self.process.poll() is not None, what, seconds=900)
        assert self.process.poll() is None, f"Snakemake ended before {what}; what it said is in {self.output}"

    def training_job(self, rule: str, wildcards: str) -> str:
        """Wait until a job has trained for an epoch, and return its number."""
        progress = "**/fold-0/*/progress.pt"
        work = self.study.directory / "work" / rule
        self.wait_for(lambda: any(work.glob(progress)), f"the first epoch of {rule}")
        number = running_job(rule, wildcards)
        assert number, f"{rule} {wildcards} ended before it could be stopped; give it more epochs in slurm.yaml"
        return number


def start(study: Study) -> Run:
    """Start the study through the profile, as a user in the clone would."""
    command = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", CELL, *QUICK]
    command += ["--directory", str(study.directory), "--set-resources", STARVED, "--configfile", *study.overlays]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PWD": str(study.clone)}
    output = study.clone / "snakemake.log"
    with open(output, "w") as file:
        process = subprocess.Popen(command, cwd=study.clone, env=environment, stdout=file, stderr=subprocess.STDOUT)
    return Run(study, process, output)


def stop_with_a_signal_and_kill_the_controller(run: Run, cluster: Cluster) -> None:
    """Stop a training as a time limit does; while its second attempt trains, kill the controller for some epochs."""
    rule, wildcards, log = SEGMENTATION
    subprocess.run(["scancel", "--signal=TERM", run.training_job(rule, wildcards)], check=True)
    run.wait_for(lambda: "resuming" in log_of(run.study, rule, log), "a second attempt at the segmentation network")
    cluster.kill_controller()
    trained = len(log_of(run.study, rule, log).splitlines())
    run.wait_for(lambda: len(log_of(run.study, rule, log).splitlines()) >= trained + 2, "two epochs more")
    cluster.start_controller()


def queue_again(run: Run) -> None:
    """Have Slurm stop a training and queue it again, as it does with a preempted one."""
    rule, wildcards, _ = LESION
    subprocess.run(["scontrol", "requeue", run.training_job(rule, wildcards)], check=True)


def log_of(study: Study, rule: str, name: str) -> str:
    """Return a job's log, which every attempt begins anew."""
    path = study.directory / "logs" / rule / f"{name}.log"
    return path.read_text() if path.exists() else ""
