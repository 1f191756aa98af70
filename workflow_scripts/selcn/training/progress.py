"""Progress of a training, saved after every epoch in a file that contains its own checksum."""

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

# The file begins with the SHA-256 of the rest.
HEADER = hashlib.sha256().digest_size


@dataclass
class Progress:
    """State of a training: everything needed to resume it as if it had not stopped."""

    epoch: int = 0
    stale: int = 0
    best_loss: float = math.inf
    best: dict[str, Tensor] = field(default_factory=dict)
    network: dict[str, Tensor] = field(default_factory=dict)
    optimizer: dict = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    def advance(self, row: dict[str, float], network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Add a finished epoch, given its history row."""
        self.epoch = int(row["epoch"])
        self.history.append(row)
        self.network = {k: v.detach().clone() for k, v in network.state_dict().items()}
        self.optimizer = optimizer.state_dict()
        if row["validation_loss"] < self.best_loss:
            self.best_loss, self.best, self.stale = row["validation_loss"], self.network, 0
        else:
            self.stale += 1


def save_progress(progress: Progress, path: Path) -> None:
    """Write the progress atomically, flushed to disk before it is renamed."""
    payload = io.BytesIO()
    torch.save(vars(progress), payload)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(hashlib.sha256(payload.getbuffer()).digest())
        file.write(payload.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def load_progress(path: Path) -> Progress:
    """Read the progress of an earlier attempt; empty progress if there is none or its file is damaged.

    A damaged file costs time but not correctness, so it is logged and the training restarts.
    """
    if not path.exists():
        return Progress()
    content = memoryview(path.read_bytes())
    if hashlib.sha256(content[HEADER:]).digest() != content[:HEADER]:
        log.warning("%s is damaged (its checksum does not match); restarting the training from the first epoch", path)
        return Progress()
    return Progress(**torch.load(io.BytesIO(content[HEADER:]), map_location="cpu", weights_only=True))
