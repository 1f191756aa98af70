"""A small training, and attempts at it as processes that are told to stop.

Usage: toy_training.py <folder> <epochs> <batch of the stop>...

One attempt after the other trains in the folder and gets SIGTERM at the batch whose number is given, counted from 0
in each attempt; a number below 0 lets an attempt run to its end. Prints the exit code of each.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from selcn.jobs.job import logged
from selcn.networks.settings import TrainingSettings
from selcn.training.classification import classification_task
from selcn.training.fit import fit, seed_everything

CPU = torch.device("cpu")
SETTINGS = TrainingSettings(batch_size=8, learning_rate=0.01, weight_decay=1e-4, epochs=6, patience=10)
BATCHES_AN_EPOCH = 5 + 3


def interrupt() -> None:
    raise KeyboardInterrupt


class Data:
    """A small problem for a network with batch norm and dropout, at whose n-th batch something is done."""

    def __init__(self, at: int | None = None, do: Callable[[], None] = interrupt) -> None:
        generator = torch.Generator().manual_seed(3)
        self.images = torch.randn(60, 2, 6, 6, generator=generator)
        self.codes = (self.images.mean((1, 2, 3)) > 0).long()
        self.at, self.do = at, do
        self.batches = 0

    def batch(self, chosen, generator):
        if self.batches == self.at:
            self.do()
        self.batches += 1
        return (self.images[chosen],), self.codes[chosen]


def build() -> nn.Module:
    seed_everything(SETTINGS)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 2)
    )


def train(data: Data, progress: Path, settings: TrainingSettings = SETTINGS) -> tuple[nn.Module, pd.DataFrame]:
    """Train on the first 40 samples, validate on the last 20; return the network and its history."""
    network = build()
    task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
    history = fit(network, task, torch.arange(40), torch.arange(40, 60), settings, progress, CPU)
    return network, history


def with_epochs(epochs: int) -> TrainingSettings:
    return TrainingSettings(**vars(SETTINGS) | {"epochs": epochs, "patience": epochs})


def attempt(folder: Path, number: int, epochs: int, stopped_at: int) -> None:
    """Train under a log of this attempt's own; leave the number of its batches, and at the end network and history."""
    data = Data(stopped_at, do=lambda: os.kill(os.getpid(), signal.SIGTERM))
    with logged(folder / f"attempt-{number}.log"):
        try:
            network, history = train(data, folder / "progress.pt", with_epochs(epochs))
        finally:
            (folder / f"attempt-{number}.batches").write_text(str(data.batches))
        torch.save(network.state_dict(), folder / "best.pt")
        history.to_pickle(folder / "history.pkl")


def main(folder: Path, epochs: int, stops: list[int]) -> None:
    # Forked, since most of a process's time would be the loading of torch: what its optimisers load when they are
    # first made is loaded here. Torch has no threads yet.
    torch.optim.Adam(build().parameters())
    context = multiprocessing.get_context("fork")
    for number, stopped_at in enumerate(stops):
        process = context.Process(target=attempt, args=(folder, number, epochs, stopped_at))
        process.start()
        process.join()
        print(process.exitcode, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), list(map(int, sys.argv[3:])))
