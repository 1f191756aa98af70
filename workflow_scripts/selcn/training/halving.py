"""Batch halving: after a CUDA out-of-memory error, batches are computed in two halves."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from selcn.jobs.environment_record import note
from selcn.training.errors import TrainingFailedError

log = logging.getLogger("selcn.training")
Result = TypeVar("Result")


class Halving:
    """Computes batches whole until one does not fit in GPU memory, and in halves from then on.

    Parameters
    ----------
    batch_size, key
        The batch size and the name of its setting, for the error message.
    """

    def __init__(self, batch_size: int, key: str = "batch_size") -> None:
        self.batch_size, self.key = batch_size, key
        self.halved = False

    def run(self, step: Callable[[Sequence[Tensor]], Result], chosen: Tensor) -> Result:
        """Return the result of `step` for a batch of sample numbers (B,), passed as one part or as two.

        After an out-of-memory error `step` is called again with halves, so each call must start afresh.

        Raises
        ------
        TrainingFailedError
            GPU memory is too small even for halves.
        """
        try:
            return step(self.parts(chosen))
        except torch.OutOfMemoryError as error:
            if self.halved:
                raise too_small(self.batch_size, self.key) from error
        # Outside the `except`, where the error still holds the tensors of the failed step.
        self.halved = True
        note(halved=True)
        log.warning("out of GPU memory with a batch of %d; computing it and all later batches in halves", len(chosen))
        torch.cuda.empty_cache()
        return self.run(step, chosen)

    def parts(self, chosen: Tensor) -> Sequence[Tensor]:
        """Return a batch whole or in halves; never in parts of one, on which batch norm cannot train."""
        return chosen.tensor_split(2) if self.halved and len(chosen) >= 4 else (chosen,)


def too_small(batch_size: int, key: str = "batch_size") -> TrainingFailedError:
    """Return the error for batches that do not fit in GPU memory even in halves."""
    return TrainingFailedError(
        f"out of GPU memory with batches of {batch_size}, even in halves; set {key} to at most "
        f"{max(1, batch_size // 4)}, or use a GPU with more memory"
    )
