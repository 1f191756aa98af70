"""A job's device: the GPU that it asked for, or the CPU where the configuration allows that."""

import os
from functools import cache

import torch

from selcn.jobs.environment import ALLOW_CPU, GPUS, JOBS_PER_GPU
from selcn.jobs.gpus import claim_gpu


class NoGpuError(RuntimeError):
    """A job that asks for a GPU finds none."""


def jobs_on_gpu() -> int:
    """Return the number of jobs that may share this job's GPU, itself among them."""
    return int(os.environ.get(JOBS_PER_GPU, 1))


@cache
def pick_device() -> torch.device:
    """Return the GPU where there is one, else the CPU, where that is allowed.

    To be called before CUDA is first used: a GPU that is shared with other jobs is claimed for the rest of the
    process, which then sees no other; the call waits until one is free.

    Raises
    ------
    NoGpuError
        There is no GPU, and the environment does not allow the CPU in its place.
    """
    if gpus := os.environ.get(GPUS):
        os.environ["CUDA_VISIBLE_DEVICES"] = claim_gpu(gpus.split(","), int(os.environ[JOBS_PER_GPU]))
    if torch.cuda.is_available():
        return torch.device("cuda")
    if os.environ.get(ALLOW_CPU) == "1":
        return torch.device("cpu")
    raise NoGpuError(
        f"torch.cuda.is_available() is False (torch {torch.__version__}, built for CUDA {torch.version.cuda}; "
        f"SLURM_JOB_ID {os.environ.get('SLURM_JOB_ID', 'not set')}; "
        f"CUDA_VISIBLE_DEVICES {os.environ.get('CUDA_VISIBLE_DEVICES', 'not set')}); this job expects a GPU: run it "
        "where there is one, or set allow_cpu: true in the configuration to compute on the CPU"
    )
