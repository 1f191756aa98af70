"""The device that a job computes on: the GPU that it asked for, or the CPU where the configuration allows that."""

import os
from functools import cache

import torch

# Set while the Snakefile is read, from the configuration; no parameter of any rule, so that changing it reruns nothing.
ALLOW_CPU = "SELCN_ALLOW_CPU"


class NoGpuError(RuntimeError):
    """A job that asks for a GPU finds none."""


@cache
def pick_device() -> torch.device:
    """Return the GPU where there is one, else the CPU, where that is allowed.

    Raises
    ------
    NoGpuError
        There is no GPU, and the environment does not allow the CPU in its place.
    """
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
