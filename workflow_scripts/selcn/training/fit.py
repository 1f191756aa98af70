"""The training loop: Adam, early stopping, the weights with the lowest validation loss, resumable after any epoch."""

import logging
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from selcn.jobs.environment import save_every
from selcn.jobs.signals import StopRequested
from selcn.networks.settings import TrainingSettings
from selcn.training.adam import Adam
from selcn.training.ahead import reading_ahead
from selcn.training.errors import DivergedError, TrainingFailedError
from selcn.training.halving import Halving, too_small
from selcn.training.precision import prepare_torch, training_dtype
from selcn.training.progress import Progress, ProgressFile
from selcn.training.schedule import learning_rate

log = logging.getLogger("selcn.training")


@dataclass(frozen=True)
class Task:
    """What the training loop needs to know of a network: batches, loss and accuracy.

    Attributes
    ----------
    batch
        Returns (inputs, target) on the device for sample numbers (B,), which are on the samples' device; the generator,
        given in training only, drives on-line augmentation.
    loss
        Mean loss of a batch's samples, given the network's output and the target.
    correct
        Sum of the scores of the batch's samples; their mean is the accuracy of the history.
    sources
        Arrays that batches are drawn from, each with the row of every sample, (n,); those on the CPU are read ahead.
    """

    batch: Callable[[Tensor, torch.Generator | None], tuple[tuple[Tensor, ...], Tensor]]
    loss: Callable[[Tensor, Tensor], Tensor]
    correct: Callable[[Tensor, Tensor], Tensor]
    sources: Sequence[tuple[object, Tensor]] = ()


@dataclass(frozen=True)
class Loop:
    """State shared by all epochs of a training.

    Attributes
    ----------
    network
        Holds the weights.
    called
        Computes the output: the network, or its compiled form.
    dtype
        See `selcn.training.precision.training_dtype`.
    """

    network: nn.Module
    called: nn.Module
    task: Task
    settings: TrainingSettings
    optimizer: torch.optim.Optimizer
    device: torch.device
    dtype: torch.dtype
    training: Halving
    validation: Halving


def seed_everything(settings: TrainingSettings) -> None:
    """Set threads and seeds before a network is built, so that its initial weights are reproducible."""
    prepare_torch(settings.torch_threads, settings.deterministic)
    torch.manual_seed(settings.seed)


def fit(
    network: nn.Module,
    task: Task,
    train: Tensor,
    validation: Tensor,
    settings: TrainingSettings,
    progress_file: Path,
    device: torch.device,
    after_epoch: Callable[[list[dict[str, float]]], None] = lambda history: None,
) -> pd.DataFrame:
    """Train a network and leave it with its best weights.

    An epoch's order of samples, augmentation and dropout depend only on the seed and the epoch's number, so a training
    that was interrupted and resumed ends with the same weights: on a CPU, and with `settings.deterministic` on a GPU,
    as long as its memory suffices for whole batches. Otherwise a GPU adds up in an order that changes from run to run.

    Parameters
    ----------
    network
        Trained in place; ends with the weights of the epoch with the lowest validation loss.
    train, validation
        Sample numbers for `task.batch`, shape (n,), on the samples' device.
    progress_file
        Read first where it exists; rewritten at the end of an epoch after `save_every` seconds, and when stopped.
    after_epoch
        Called with the history so far after every epoch, and on resuming; may raise to stop the training.

    Returns
    -------
    pandas.DataFrame
        One row per epoch: epoch, train_loss, train_accuracy, validation_loss, validation_accuracy.

    Raises
    ------
    TrainingFailedError
        There are no training or validation samples, or the GPU's memory is too small; a `DivergedError` where the loss
        is not finite.
    """
    if not len(train) or not len(validation):
        raise TrainingFailedError(
            f"{len(train)} training and {len(validation)} validation samples; expected at least one of each"
        )
    loop = loop_of(network, task, settings, device)
    file = ProgressFile(progress_file, save_every())
    progress = resumed(loop, file)
    if progress.epoch:
        after_epoch(progress.history)
    progress = run_epochs(loop, train, validation, progress, file, after_epoch)
    network.load_state_dict(progress.best)
    return pd.DataFrame(progress.history)


def resumed(loop: Loop, file: ProgressFile) -> Progress:
    """Return the progress of an earlier attempt, if any, and put network and optimiser into its state."""
    progress = file.load()
    if progress.epoch:
        loop.network.load_state_dict(progress.network)
        loop.optimizer.load_state_dict(progress.optimizer)
        log.info("resuming after epoch %d", progress.epoch)
    return progress


def loop_of(network: nn.Module, task: Task, settings: TrainingSettings, device: torch.device) -> Loop:
    """Return the state shared by all epochs of a training; moves the network to the device."""
    network.to(device, memory_format=torch.channels_last)
    # Dropout as without compilation; compiled code would sample it differently.
    called = torch.compile(network, options={"fallback_random": True}) if settings.compile else network
    size = settings.batch_size
    optimizer, dtype = adam_of(network, settings), training_dtype(settings, device)
    return Loop(network, called, task, settings, optimizer, device, dtype, Halving(size), Halving(size))


def adam_of(network: nn.Module, settings: TrainingSettings) -> torch.optim.Adam:
    """Return the optimiser of a network's trainable weights."""
    return Adam(
        [p for p in network.parameters() if p.requires_grad],
        lr=settings.learning_rate,
        betas=(settings.beta1, 0.999),
        weight_decay=settings.weight_decay,
        fused=settings.fused_adam or None,  # None: torch chooses among the others
    )


def run_epochs(
    loop: Loop,
    train: Tensor,
    validation: Tensor,
    progress: Progress,
    file: ProgressFile,
    after_epoch: Callable[[list[dict[str, float]]], None],
) -> Progress:
    """Run the remaining epochs and return the progress after the last, saved; so it is, too, when stopped."""
    try:
        while progress.epoch < loop.settings.epochs and progress.stale < loop.settings.patience:
            row = run_epoch(loop, train, validation, progress.epoch + 1)
            progress = progress.advanced(row, loop.network, loop.optimizer)
            file.save_if_due(progress)
            after_epoch(progress.history)
        file.save(progress)
    except DivergedError as error:
        error.history = [*progress.history, *error.history]
        raise
    except StopRequested as stop:
        try:
            file.save(progress)
        except OSError as error:
            log.warning("the progress since epoch %d cannot be saved: %s", file.epoch, error)
        stop.next_attempt = f"resumes after epoch {file.epoch}" if file.epoch else "starts from the first epoch"
        raise
    return progress


def run_epoch(loop: Loop, train: Tensor, validation: Tensor, epoch: int) -> dict[str, float]:
    """Train for one epoch, validate, and return its history row; TrainingFailedError if GPU memory is too small."""
    try:
        return history_row(epoch, train_epoch(loop, train, epoch), validate(loop, validation))
    except torch.OutOfMemoryError as error:  # outside a batch: in the optimiser's step
        raise too_small(loop.settings.batch_size) from error


def history_row(epoch: int, trained: tuple[float, float], validated: tuple[float, float]) -> dict[str, float]:
    """Return an epoch's history row, and log it; DivergedError if a loss is not finite."""
    names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    row = {"epoch": epoch} | dict(zip(names, (*trained, *validated), strict=True))
    log.info("  ".join(f"{name} {value:.4g}" for name, value in row.items()))
    if not math.isfinite(row["train_loss"] + row["validation_loss"]):
        raise DivergedError(f"epoch {epoch}: the loss is not finite; lower learning_rate", row)
    return row


def train_epoch(loop: Loop, samples: Tensor, epoch: int) -> tuple[float, float]:
    """Train once on every training sample, in a seeded order; return mean loss and accuracy."""
    settings, optimizer, device = loop.settings, loop.optimizer, loop.device
    generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
    order = samples[torch.randperm(len(samples), generator=generator).to(samples.device)]
    split = split_up(order, settings.batch_size, drop_single=True)
    # New in every epoch, whose result must not depend on the epochs before an interruption.
    scaler = torch.amp.GradScaler(device.type, enabled=loop.dtype == torch.float16)

    def accumulate(parts: Sequence[Tensor]) -> Tensor:
        """Accumulate the gradients of a batch's mean loss; return its sums of loss and accuracy."""
        optimizer.zero_grad(set_to_none=True)
        count, sums = sum(map(len, parts)), []
        for part in parts:
            loss, part_sums = loss_and_sums(loop, part, generator)
            scaler.scale(loss * (len(part) / count)).backward()
            sums.append(part_sums)
        return torch.stack(sums).sum(0)

    loop.network.train()
    total, seen = torch.zeros(2, dtype=torch.float64, device=device), 0
    forked = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])
    with forked, reading_ahead(loop.task.sources, split):
        torch.manual_seed(settings.seed * 1_000_003 + epoch)  # dropout draws from the global generator
        for number, chosen in enumerate(shown(split)):
            optimizer.param_groups[0]["lr"] = learning_rate(settings, epoch - 1 + number / len(split))
            sums = loop.training.run(accumulate, chosen)
            scaler.step(optimizer)
            scaler.update()
            # The scaler leaves out a batch that overflows in float16, and so does the epoch's mean.
            if not scaler.is_enabled() or sums.isfinite().all():
                total += sums
                seen += len(chosen)
    return tuple((total / seen).tolist())


@torch.inference_mode()
def validate(loop: Loop, samples: Tensor) -> tuple[float, float]:
    """Return mean loss and accuracy over samples, with the network in evaluation mode."""

    def sums_of(parts: Sequence[Tensor]) -> Tensor:
        return torch.stack([loss_and_sums(loop, part, None)[1] for part in parts]).sum(0)

    loop.network.eval()
    total = torch.zeros(2, dtype=torch.float64, device=loop.device)
    split = split_up(samples, loop.settings.batch_size)
    with reading_ahead(loop.task.sources, split):
        for chosen in shown(split):
            total += loop.validation.run(sums_of, chosen)
    return tuple((total / len(samples)).tolist())


def loss_and_sums(loop: Loop, part: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Return the mean loss of samples (B,), and their sums of loss and accuracy, (2,) float64."""
    inputs, target = loop.task.batch(part, generator)
    output = forward(loop.called, inputs, loop.dtype if loop.network.training else torch.float32)
    loss = loop.task.loss(output, target)
    return loss, torch.stack([loss.detach() * len(part), loop.task.correct(output.detach(), target)]).double()


def forward(network: nn.Module, inputs: tuple[Tensor, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    """Run a network on channels-last inputs, by autocast in another type than float32; the output is float32."""
    inputs = tuple(x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x for x in inputs)
    with torch.autocast(inputs[0].device.type, dtype=dtype, enabled=dtype != torch.float32):
        return network(*inputs).float()


def split_up(samples: Tensor, size: int, drop_single: bool = False) -> list[Tensor]:
    """Split sample numbers into batches; a last batch of one, on which batch norm cannot train, may be dropped."""
    split = list(samples.split(size)) if len(samples) else []
    if drop_single and len(split) > 1 and len(split[-1]) == 1:
        split.pop()
    return split


def shown(split: list[Tensor]) -> Iterable[Tensor]:
    """Return batches, with a progress bar at a terminal."""
    return tqdm(split, leave=False) if sys.stderr.isatty() else split


def batches(samples: Tensor, size: int) -> Iterable[Tensor]:
    """Return sample numbers in batches, with a progress bar at a terminal."""
    return shown(split_up(samples, size))
