"""A worker of a search with a planted optimum, to be run as a process of its own and killed at will.

Usage: toy_search.py <folder> <worker> <workers> <trials>

Every trial waits after its first epoch until there is a file `go` in the folder.
"""

import math
import sys
import time
from pathlib import Path

import pandas as pd

from selcn.storage.artifacts import write_json, write_table
from selcn.training.search.space import SearchSettings
from selcn.training.search.study import SharedStudy
from selcn.training.search.worker import run_trials

OPTIMUM = {"learning_rate": 1e-3, "beta1": 0.9, "batch_size": 64, "weighted_loss": True}
SPACE = {
    "batch_size": [16, 32, 64],
    "beta1": {"low": 0.5, "high": 0.99},
    "learning_rate": {"low": 1e-6, "high": 1.0},
    "weighted_loss": [True, False],
}
SETTINGS = SearchSettings(SPACE, seed=1, startup_trials=10, warmup_epochs=2)
EPOCHS = 4


def accuracy(values: dict) -> float:
    """Return a value that is 1 at the optimum and falls off around it."""
    misses = (values["batch_size"] != OPTIMUM["batch_size"]) + (values["weighted_loss"] != OPTIMUM["weighted_loss"])
    far = abs(math.log10(values["learning_rate"] / OPTIMUM["learning_rate"])) / 6
    return 1 - 0.4 * far - 0.3 * abs(values["beta1"] - OPTIMUM["beta1"]) - 0.1 * misses


def main(folder: Path, worker: int, workers: int, trials: int) -> None:
    """Run one worker; an attempt goes on after the last epoch that another finished."""

    def train(values, progress, after_epoch):
        history = [] if not progress.exists() else pd.read_json(progress).to_dict("records")
        while len(history) < EPOCHS:
            epoch = len(history) + 1
            history.append(
                {"epoch": epoch, "validation_loss": -epoch, "validation_accuracy": accuracy(values) * epoch / EPOCHS}
            )
            write_json(history, progress)
            after_epoch(history)
            while not (folder / "go").exists():
                time.sleep(0.02)
        return pd.DataFrame(history)

    shared = SharedStudy(folder / "journal.log", SETTINGS, worker, workers, {})
    write_table(run_trials(shared, trials, train, folder), folder / f"worker-{worker}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
