"""Batches in two halves from the moment that the GPU's memory was too small for a whole one."""

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
    """Computes batches whole until one does not fit, and from then on in halves.

    Parameters
    ----------
    batch_size, key
        As the settings have it, and what they call it, for the message that says what to set it to.
    """

    def __init__(self, batch_size: int, key: str = "batch_size") -> None:
        self.batch_size, self.key = batch_size, key
        self.halved = False

    def run(self, step: Callable[[Sequence[Tensor]], Result], chosen: Tensor) -> Result:
        """Return what `step` makes of a batch of sample numbers (B,), given as one part or as two.

        `step` is called again with halves where the memory was too small, so it must begin from nothing each time.

        Raises
        ------
        TrainingFailedError
            The memory is too small for halves, too.
        """
        try:
            return step(self.parts(chosen))
        except torch.OutOfMemoryError as error:
            if self.halved:
                raise too_small(self.batch_size, self.key) from error
        # Not within the `except`: there the error still holds the tensors of the step that failed.
        self.halved = True
        note(halved=True)
        log.warning("out of GPU memory with a batch of %d; it and all later ones are computed in halves", len(chosen))
        torch.cuda.empty_cache()
        return self.run(step, chosen)

    def parts(self, chosen: Tensor) -> Sequence[Tensor]:
        """Return a batch whole or in halves; never in parts of one, of which batch norm cannot learn."""
        return chosen.tensor_split(2) if self.halved and len(chosen) >= 4 else (chosen,)


def too_small(batch_size: int, key: str = "batch_size") -> TrainingFailedError:
    """Return the error of a network whose batches do not fit in halves either."""
    return TrainingFailedError(
        f"out of GPU memory with batches of {batch_size}, even in halves; set {key} to at most "
        f"{max(1, batch_size // 4)}, or use a GPU with more memory"
    )
