"""Progress of a training, saved at the end of epochs in files that are verified when they are read.

`progress.pt` has the state after an epoch. Where the best weights are of an earlier one, they are in a file beside it,
written once: `progress.best-<epoch>.pt`, of which `progress.pt` has the checksum.
"""

import hashlib
import io
import logging
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from selcn.storage.artifacts import replacing

log = logging.getLogger("selcn.training")

# A progress file begins with the SHA-256 of the rest.
HEADER = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Progress:
    """State of a training after an epoch: everything needed to resume it as if it had not stopped.

    Attributes
    ----------
    stale
        Epochs since the best one.
    """

    epoch: int = 0
    stale: int = 0
    best_loss: float = math.inf
    best: dict[str, Tensor] = field(default_factory=dict)
    network: dict[str, Tensor] = field(default_factory=dict)
    optimizer: dict = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    def advanced(self, row: dict[str, float], network: nn.Module, optimizer: torch.optim.Optimizer) -> "Progress":
        """Return the progress after a further epoch, given its history row.

        Weights and the optimiser's state are copies, on the network's device, since the next epoch changes both and
        may be stopped halfway: three times the weights' memory, and once more for the best; twice that for the moment
        in which they replace those of the epoch before.
        """
        after = replace(
            self,
            epoch=int(row["epoch"]),
            stale=self.stale + 1,
            history=[*self.history, row],
            network=cloned(network.state_dict()),
            optimizer=cloned(optimizer.state_dict()),
        )
        if row["validation_loss"] < self.best_loss:
            return replace(after, stale=0, best_loss=row["validation_loss"], best=after.network)
        return after


def cloned(state: Any) -> Any:
    """Return a state dictionary whose tensors are copies."""
    if isinstance(state, Mapping):
        return {name: cloned(value) for name, value in state.items()}
    return state.detach().clone() if isinstance(state, Tensor) else state


class ProgressFile:
    """Where a training saves its progress.

    Parameters
    ----------
    path
        The file, `progress.pt`.
    every
        Seconds from one save to the next when an epoch ends; 0: every epoch is saved.

    Attributes
    ----------
    epoch
        The epoch whose end is on disk; 0 where nothing is.
    """

    def __init__(self, path: Path, every: float = 0) -> None:
        self._path, self._every = path, every
        self._saved_at, self.epoch = time.monotonic(), 0
        # Epoch and SHA-256 of the best weights that are on disk.
        self._best: tuple[int, str] = (0, "")

    def save_if_due(self, progress: Progress) -> None:
        """Save the progress if the last time, or the beginning, is long enough ago."""
        if time.monotonic() - self._saved_at >= self._every:
            self.save(progress)

    def save(self, progress: Progress) -> None:
        """Save the progress, unless it is on disk already.

        Each file is replaced at once, and flushed to disk before. The best weights' is there before the progress that
        names it, and the former one stays until then, so that the progress on disk is whole at any moment.
        """
        if progress.epoch == self.epoch:
            return
        best_epoch = progress.epoch - progress.stale
        if progress.stale and self._best[0] != best_epoch:
            payload = packed(progress.best)
            write(self._best_path(best_epoch), payload)
            self._best = best_epoch, hashlib.sha256(payload).hexdigest()
        state = {name: value for name, value in vars(progress).items() if name != "best"}
        payload = packed(state | {"best_digest": self._best[1] if progress.stale else None})
        write(self._path, hashlib.sha256(payload).digest(), payload)
        self._saved_at, self.epoch = time.monotonic(), progress.epoch
        for path in self._path.parent.glob(f"{self._path.stem}.best-*.pt"):
            if path != self._best_path(best_epoch):
                path.unlink(missing_ok=True)

    def load(self) -> Progress:
        """Read the progress of an earlier attempt; empty progress if there is none or it is damaged.

        Damage costs time but not correctness, so it is logged and the training restarts.
        """
        if not self._path.exists():
            return Progress()
        content = memoryview(self._path.read_bytes())
        if hashlib.sha256(content[HEADER:]).digest() != content[:HEADER]:
            return restart(self._path, "is damaged (its checksum does not match)")
        state = unpacked(content[HEADER:])
        digest = state.pop("best_digest", None)
        if digest is not None:
            best_epoch = state["epoch"] - state["stale"]
            path = self._best_path(best_epoch)
            best = path.read_bytes() if path.exists() else b""
            if hashlib.sha256(best).hexdigest() != digest:
                return restart(path, "is missing or damaged (its checksum does not match)")
            state["best"], self._best = unpacked(best), (best_epoch, digest)
        # Up to version 0.1.0 the best weights were always in the file.
        progress = Progress(**{"best": state["network"]} | state)
        self.epoch = progress.epoch
        return progress

    def _best_path(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.stem}.best-{epoch}.pt")


def packed(state: Mapping) -> memoryview:
    """Return a state dictionary as torch's bytes."""
    payload = io.BytesIO()
    torch.save(dict(state), payload)
    return payload.getbuffer()


def unpacked(payload: bytes | memoryview) -> dict:
    """Return the state dictionary in torch's bytes, on the CPU."""
    return torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)


def write(path: Path, *parts: bytes | memoryview) -> None:
    """Write a file of some parts atomically, flushed to disk before it is renamed."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def restart(path: Path, fault: str) -> Progress:
    """Return empty progress, and log why."""
    log.warning("%s %s; restarting the training from the first epoch", path, fault)
    return Progress()
