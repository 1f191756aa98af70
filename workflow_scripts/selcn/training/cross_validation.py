"""Cross-validation of a classifier: one training per fold, one after the other, each resumable by itself."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from selcn.jobs.resumable import ResumableWork
from selcn.networks.settings import TrainingSettings
from selcn.training.classification import write_training
from selcn.training.errors import DivergedError
from selcn.training.setup import Setup

log = logging.getLogger("selcn.training")


def train_folds(
    snakemake,
    set_up: Callable[[int], Setup],
    settings: TrainingSettings,
    inference_batch_size: int,
    classes: Sequence[str],
    sliced: Mapping[str, pd.DataFrame] | None = None,
    without: Collection[str] = (),
) -> None:
    """Train the network of every fold of a rule's job, and write each fold's files into its folder.

    Parameters
    ----------
    snakemake
        The `snakemake` object of the rule's script; its output `models` has one file per fold, in order.
    set_up
        Takes a fold; returns its network and task, ready to be trained.
    classes
        Names in the order of the logits.
    sliced, without
        See `selcn.jobs.resumable.ResumableWork.of_job`.
    """
    for fold, model in enumerate(snakemake.output.models):
        folder = Path(model).parent
        work = ResumableWork.of_job(snakemake, sliced, folder, without)
        train_fold(work, partial(set_up, fold), settings, inference_batch_size, classes)
        work.hand_over(path for path in trained_files(snakemake.output) if Path(path).is_relative_to(folder))


def train_fold(
    work: ResumableWork,
    set_up: Callable[[], Setup],
    settings: TrainingSettings,
    inference_batch_size: int,
    classes: Sequence[str],
) -> None:
    """Train one network and write its files into the outputs of its work, unless that is finished.

    Its arrays leave the GPU with this call. Parameters are those of `train_folds`.
    """
    if not work.finished:
        setup = set_up()
        history = history_of(setup, settings, work.progress)
        write_training(setup, history, classes, inference_batch_size, work.outputs)
        work.finish()


def history_of(setup: Setup, settings: TrainingSettings, progress: Path) -> pd.DataFrame:
    """Train a network and return its history; that of one that diverges ends with the epoch in which it did.

    The weights of one that diverges become NaN, and so its predictions: whatever they were, they are no result.
    """
    try:
        return setup.fit(settings, progress)
    except DivergedError as error:
        log.warning("%s", error)
        for weight in setup.network.parameters():
            weight.data.fill_(torch.nan)
        return pd.DataFrame(error.history)


def trained_files(output) -> list[str]:
    """Return the outputs of a training job that `write_training` writes, for every fold."""
    return [path for name in ("models", "histories", "training_ids", "validation", "test") for path in output[name]]
