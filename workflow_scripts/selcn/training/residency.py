"""Arrays held on the GPU: one budget for all arrays of a job and for all jobs that share the GPU."""

import logging

import numpy as np
import torch

from selcn.jobs.device import jobs_on_gpu
from selcn.storage.row_arrays import RowFile, ShardedArray
from selcn.training.ahead import NO_ROWS, ReadAhead, read
from selcn.training.images import BoxMasks, Rows

log = logging.getLogger("selcn.training")

# Share of a job's GPU memory that arrays may take; the rest is for the network.
RESIDENT_SHARE = 0.5
# Bytes read at a time while an array is copied: the host memory that a copy takes, however large the array.
BLOCK = 64 << 20


def resident(array: np.ndarray | RowFile | ShardedArray | BoxMasks, device: torch.device) -> Rows:
    """Return an array on the device if it fits there; else one read row by row, ahead of time for a GPU."""
    if isinstance(array, BoxMasks):
        return array.to(device)
    held = torch.from_numpy(array) if isinstance(array, np.ndarray) else array
    if device.type == "cpu":
        return held
    size = f"an array of {held.nbytes / 1e9:.2f} GB"
    if not fits(held.nbytes, device):
        log.info("%s exceeds the job's share of GPU memory; reading its rows batch by batch", size)
        return ReadAhead(held, device)
    try:
        return copied(held, device)
    except torch.OutOfMemoryError:
        log.warning("out of GPU memory while copying %s to the GPU; reading its rows batch by batch", size)
    # Outside the `except`, where the error still holds what was copied.
    torch.cuda.empty_cache()
    return ReadAhead(held, device)


def fits(size: int, device: torch.device) -> bool:
    """Return whether an array of `size` bytes may be copied to a GPU, beside what this job holds there.

    All that a job holds may take `RESIDENT_SHARE` of its part of the GPU, which jobs share equally; and an array may
    take that share of what is free, in case other programs use the GPU.
    """
    free, total = torch.cuda.mem_get_info(device)
    held = torch.cuda.memory_allocated(device)
    # Blocks that torch caches are counted as used by the GPU, and are free for this job.
    free += torch.cuda.memory_reserved(device) - held
    return held + size <= RESIDENT_SHARE * total / jobs_on_gpu() and size <= RESIDENT_SHARE * free


def copied(array: RowFile | ShardedArray | torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a copy of an array on the device, made block by block; OutOfMemoryError if it does not fit."""
    copy = torch.empty(array.shape, dtype=read(array, NO_ROWS).dtype, device=device)
    rows = max(1, BLOCK // max(1, array.nbytes // max(1, len(array))))
    for begin in range(0, len(array), rows):
        numbers = torch.arange(begin, min(begin + rows, len(array)))
        copy[begin : begin + rows] = read(array, numbers)
    return copy
