"""What the configuration says of the machine, told to jobs through the environment.

It changes no result, so it is a parameter of no rule and part of no fingerprint. Every job's own Snakemake reads the
Snakefile, on whatever node, and the job's script inherits the environment from it.
"""

import gc
import os
from collections.abc import Mapping

# Set in a job, whatever its value: see `selcn/__init__.py`.
JOB = "SELCN_JOB"
ALLOW_CPU = "SELCN_ALLOW_CPU"
JOBS_PER_GPU = "SELCN_JOBS_PER_GPU"


def tell_jobs(config: Mapping, shared_gpus: bool) -> None:
    """Set the environment of the jobs that this process starts.

    Parameters
    ----------
    shared_gpus
        Whether jobs take this machine's GPUs from each other. On a cluster's node a job has a GPU of its own.
    """
    # This process is Snakemake's own, which on a node inherits the variable from the one that submitted its job.
    gc.enable()
    os.environ[JOB] = "1"
    os.environ[ALLOW_CPU] = str(int(config["allow_cpu"]))
    os.environ.pop(JOBS_PER_GPU, None)
    if shared_gpus:
        os.environ[JOBS_PER_GPU] = str(config["jobs_per_gpu"])
