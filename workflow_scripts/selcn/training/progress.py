"""What a training keeps after every epoch, in a file that knows its own checksum."""

import hashlib
import io
import logging
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from selcn.storage.artifacts import replacing

log = logging.getLogger("selcn.training")

# The file begins with the SHA-256 of all that follows.
HEADER = hashlib.sha256().digest_size


@dataclass
class Progress:
    """Where a training stands: everything needed to go on as if it had never stopped."""

    epoch: int = 0
    stale: int = 0
    best_loss: float = math.inf
    best: dict[str, Tensor] = field(default_factory=dict)
    network: dict[str, Tensor] = field(default_factory=dict)
    optimizer: dict = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    def advance(self, row: dict[str, float], network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Take in one finished epoch, given its row of the history."""
        self.epoch = int(row["epoch"])
        self.history.append(row)
        self.network = {k: v.detach().clone() for k, v in network.state_dict().items()}
        self.optimizer = optimizer.state_dict()
        if row["validation_loss"] < self.best_loss:
            self.best_loss, self.best, self.stale = row["validation_loss"], self.network, 0
        else:
            self.stale += 1


def save_progress(progress: Progress, path: Path) -> None:
    """Write the progress, whole or not at all, and on the disk before its name is."""
    payload = io.BytesIO()
    torch.save(vars(progress), payload)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(hashlib.sha256(payload.getbuffer()).digest())
        file.write(payload.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def load_progress(path: Path) -> Progress:
    """Read the progress of an earlier attempt; that of a training not yet begun where there is none to be trusted.

    A damaged file costs time, not correctness, so it is named in the log and nobody is asked to delete it.
    """
    if not path.exists():
        return Progress()
    content = memoryview(path.read_bytes())
    if hashlib.sha256(content[HEADER:]).digest() != content[:HEADER]:
        log.warning("%s is damaged (its checksum is not that of its contents); the training begins anew", path)
        return Progress()
    return Progress(**torch.load(io.BytesIO(content[HEADER:]), map_location="cpu", weights_only=True))
