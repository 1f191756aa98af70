"""Runs on a GPU are over when it has done what it was given."""

from collections.abc import Callable

import torch


def waited(run: Callable[[], object], device: str) -> Callable[[], None]:
    """Return a run that ends when the device has done its work."""

    def run_and_wait() -> None:
        run()
        if device == "cuda":
            torch.cuda.synchronize()

    return run_and_wait
