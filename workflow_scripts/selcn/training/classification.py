"""Training shared by the symmetry and lesion classifiers: task, predictions and the files written."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from selcn.data.predictions import fault_of
from selcn.storage.artifacts import write_table
from selcn.training.ahead import reading_ahead
from selcn.training.fit import Task, batches, forward, split_up
from selcn.training.halving import Halving
from selcn.training.losses import class_weights, weighted_cross_entropy
from selcn.training.models import write_model
from selcn.training.setup import Setup

log = logging.getLogger("selcn.training")


def class_codes(labels: Sequence[str], classes: Sequence[str]) -> Tensor:
    """Return each label's index in `classes`, (n,) int64.

    Raises
    ------
    ValueError
        A label is not one of the classes.
    """
    codes = pd.Index(classes).get_indexer(list(labels))
    if (codes < 0).any():
        unknown = sorted(set(np.asarray(labels)[codes < 0]))
        raise ValueError(f"unknown labels {unknown}; expected some of {list(classes)}")
    return torch.from_numpy(codes.astype(np.int64))


def classification_task(
    batch: Callable,
    train_codes: Tensor,
    classes: int,
    weighted: bool,
    device: torch.device,
    sources: Sequence[tuple[object, Tensor]] = (),
) -> Task:
    """Return the task of a classifier: weighted cross-entropy (eqs. 5 and 7) and accuracy.

    Parameters
    ----------
    train_codes
        Class of each training sample, (n,); the class weights come from their counts.
    sources
        Arrays that batches are drawn from; see `Task`.
    """
    weights = None
    if weighted:
        weights = class_weights(torch.bincount(train_codes, minlength=classes).tolist()).to(device)
    return Task(
        batch=batch,
        loss=lambda output, target: weighted_cross_entropy(output, target, weights),
        correct=lambda output, target: (output.argmax(1) == target).sum().float(),
        sources=sources,
    )


def logits_of(
    network: nn.Module, batch: Callable, samples: Tensor, classes: int, batch_size: int, device: torch.device
) -> np.ndarray:
    """Return the logits of sample numbers (n,), as (n, classes) float32; n may be 0.

    Raises
    ------
    TrainingFailedError
        The GPU's memory is too small for half a batch.
    """
    # Outside inference mode: weights moved within it could not be loaded into again.
    network.to(device).eval()
    halving = Halving(batch_size, "inference_batch_size")

    @torch.inference_mode()
    def logits_of_parts(parts: Sequence[Tensor]) -> Tensor:
        return torch.cat([forward(network, batch(part, None)[0]) for part in parts])

    logits = [halving.run(logits_of_parts, chosen) for chosen in batches(samples, batch_size)]
    return torch.cat([torch.zeros(0, classes, device=device), *logits]).cpu().numpy()


def prediction_table(samples: pd.DataFrame, logits: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """Return image_id, variant, label, each class's probability and logsumexp, in the order of `logits`.

    The logits are log p + logsumexp, and the softmax discards logsumexp, which is the negative energy.
    """
    logits = logits.astype(np.float64)
    top = logits.max(1, keepdims=True)
    # Logits of a diverged network may be infinite; its probabilities are not finite then.
    with np.errstate(invalid="ignore"):
        shifted = np.exp(logits - top)
    total = shifted.sum(1, keepdims=True)
    probabilities = (shifted / total).astype(np.float32)
    table = samples[["image_id", "variant", "label"]].reset_index(drop=True)
    columns = {f"prob_{name}": probabilities[:, k] for k, name in enumerate(classes)}
    return table.assign(**columns, logsumexp=(top + np.log(total))[:, 0].astype(np.float32))


def write_training(setup: Setup, history: pd.DataFrame, classes: Sequence[str], batch_size: int, folder: Path) -> None:
    """Write the files of a classifier's training: weights, history, training ids and predictions.

    Of a failed network, too: its evaluation marks the cell or model as failed, and all others are evaluated.

    Parameters
    ----------
    batch_size
        Batch size of the predictions: the network's `inference_batch_size`.
    """
    samples = setup.samples
    for subset in ("validation", "test"):
        numbers = samples.numbers(subset)
        with reading_ahead(setup.task.sources, split_up(numbers, batch_size)):
            logits = logits_of(setup.network, setup.task.batch, numbers, len(classes), batch_size, setup.device)
        table = prediction_table(samples.table.iloc[numbers.cpu().numpy()], logits, classes)
        if fault := fault_of(table):
            log.warning("%s: failed on %s, %s; lower learning_rate or start from other weights", folder, subset, fault)
        write_table(table, folder / f"{subset}.parquet")
    write_model(setup.network, history, folder)
    write_table(samples.table.iloc[samples.numbers("train").cpu().numpy()], folder / "training_ids.parquet")
