"""Machine settings of the configuration, passed to jobs through the environment.

It changes no result, so it is a parameter of no rule and part of no fingerprint. Every job's own Snakemake reads the
Snakefile, on whatever node, and the job's script inherits the environment from it.
"""

import gc
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# Set in a job, whatever its value: see `selcn/__init__.py`.
JOB = "SELCN_JOB"
ALLOW_CPU = "SELCN_ALLOW_CPU"
GPUS = "SELCN_GPUS"
JOBS_PER_GPU = "SELCN_JOBS_PER_GPU"
SAVE_EVERY = "SELCN_SAVE_EVERY"
COMMIT = "SELCN_COMMIT"
COMMAND = "SELCN_COMMAND"
# torch's own: whether it asks Linux for huge pages for tensors of 2 MB and more. Else the kernel maps their memory page
# by page, anew for every tensor (docs/results/cpu/huge_pages has what that costs). Results are the same.
HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"
# The file beside results that says what they were made with (`selcn.jobs.environment_record`).
RECORD = "environment.json"


def tell_jobs(config: Mapping, shared_gpus: Sequence[str], jobs_per_gpu: int, clone: Path) -> None:
    """Set the environment of the jobs that this process starts.

    Parameters
    ----------
    shared_gpus
        The GPUs that jobs share, as `selcn.jobs.gpus.visible_gpus` names them; none where a job has one of its own.
    jobs_per_gpu
        Number of jobs that share a GPU.
    clone
        The folder of the workflow.
    """
    # This process is Snakemake's own, which on a node inherits the variable from the one that submitted its job.
    gc.enable()
    os.environ[JOB] = "1"
    os.environ[ALLOW_CPU] = str(int(config["allow_cpu"]))
    os.environ[COMMIT] = commit_of(clone)
    os.environ[GPUS] = ",".join(shared_gpus)
    os.environ[JOBS_PER_GPU] = str(jobs_per_gpu)
    os.environ[SAVE_EVERY] = str(config["save_every"])
    os.environ.setdefault(HUGE_PAGES, "1")


def tell_command(arguments: Sequence[str]) -> None:
    """Tell jobs the command line of the run, given Snakemake's arguments; not in a job's own Snakemake."""
    os.environ[COMMAND] = shlex.join(["snakemake", *arguments])


def save_every() -> float:
    """Return the seconds after which a training saves its progress again; 0, after every epoch, outside a workflow."""
    return float(os.environ.get(SAVE_EVERY, 0))


def commit_of(clone: Path) -> str:
    """Return the commit that a clone is at, with `-dirty` where files differ from it; nothing outside a clone."""
    command = ["git", "-C", str(clone), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
