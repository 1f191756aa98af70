"""The training loop on a GPU: it waits for nothing within an epoch, and no setting changes what it learns."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from drawn_training import LABELS, SIDE, TRAINING, network
from selcn.networks.segmentation import SegmentationSettings
from selcn.networks.settings import InputSettings
from selcn.training import fit as loop_module
from selcn.training.classification import logits_of
from selcn.training.fit import fit, loop_of, train_epoch, validate
from selcn.training.images import place_of
from selcn.training.residency import resident
from selcn.training.segmentation import segmentation_task

MEGABYTE = 1 << 20


@contextmanager
def waiting_is_an_error():
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def watched(split):
    """Yield batches, between which nothing may wait for the GPU."""
    with waiting_is_an_error():
        yield from split


def train(drawn, device, folder, settings=TRAINING, kind="resident", dropout=0.4, task=None):
    """Train the small network; return it with its history."""
    inputs, trained = drawn.inputs(device, kind), network(dropout)
    numbers = [inputs.samples.numbers(subset) for subset in ("train", "validation")]
    folder.mkdir(exist_ok=True)
    history = fit(trained, task or drawn.task(inputs), *numbers, settings, folder / "progress.pt", device)
    return trained, history


def assert_alike(found, expected):
    """Compare the losses of trainings in bfloat16; accuracies are of few images."""
    losses = ["train_loss", "validation_loss"]
    np.testing.assert_allclose(found[losses], expected[losses], rtol=0.05)


def test_the_check_for_waiting_sees_one(device):
    value = torch.ones(1, device=device)
    with pytest.raises(RuntimeError, match="synchroniz"), waiting_is_an_error():
        value.item()


@pytest.mark.parametrize("kind", ["resident", "box", "ahead"])
@pytest.mark.parametrize("fused", [False, True])
def test_an_epoch_waits_for_nothing_between_its_batches(device, drawn, monkeypatch, kind, fused):
    inputs = drawn.inputs(device, kind)
    loop = loop_of(network(), drawn.task(inputs), replace(TRAINING, fused_adam=fused), device)
    numbers = [inputs.samples.numbers(subset) for subset in ("train", "validation")]
    # Once for libraries and tables that are made when they are first needed.
    losses = [train_epoch(loop, numbers[0], 1)[0], validate(loop, numbers[1])[0]]
    monkeypatch.setattr(loop_module, "shown", watched)
    losses += [train_epoch(loop, numbers[0], 2)[0], validate(loop, numbers[1])[0]]
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("augmentation", ["none", "dihedral"])
def test_an_epoch_of_segmentation_waits_for_nothing_either(device, drawn, monkeypatch, augmentation):
    training = replace(TRAINING, augmentation=augmentation)
    settings = SegmentationSettings("none", InputSettings(SIDE), training, 0.05)
    pixels = replace(drawn.pixels(device, "resident", SIDE), masks=None)
    truth = resident(drawn.masks, device)
    samples = drawn.samples.on(place_of(*pixels.arrays, truth))
    task = segmentation_task(pixels, truth, samples.rows, samples.variants, settings)
    loop = loop_of(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 1, 1)), task, training, device)
    losses = [train_epoch(loop, samples.numbers("train"), 1)[0]]
    monkeypatch.setattr(loop_module, "shown", watched)
    losses += [train_epoch(loop, samples.numbers("train"), 2)[0], validate(loop, samples.numbers("validation"))[0]]
    assert np.isfinite(losses).all()


def test_predictions_wait_for_nothing_between_their_batches(device, drawn, monkeypatch):
    inputs = drawn.inputs(device)
    task, numbers = drawn.task(inputs), inputs.samples.numbers("train")
    before = logits_of(network(), task.batch, numbers, len(LABELS), 32, device)
    monkeypatch.setattr(loop_module, "shown", watched)
    np.testing.assert_allclose(
        logits_of(network(), task.batch, numbers, len(LABELS), 32, device), before, rtol=0.02, atol=0.02
    )


def test_a_training_that_reads_ahead_is_one_whose_images_lie_on_the_gpu(device, drawn, tmp_path):
    _, resident_history = train(drawn, device, tmp_path / "resident")
    _, history = train(drawn, device, tmp_path / "ahead", kind="ahead")
    assert_alike(history, resident_history)


def test_a_fused_training_is_the_plain_one(device, drawn, tmp_path):
    _, plain = train(drawn, device, tmp_path / "plain")
    _, fused = train(drawn, device, tmp_path / "fused", replace(TRAINING, fused_adam=True))
    assert_alike(fused, plain)


@pytest.mark.parametrize("fused", [False, True])
def test_a_training_that_was_stopped_ends_as_if_never_stopped(device, drawn, tmp_path, fused):
    settings = replace(TRAINING, fused_adam=fused)
    _, whole = train(drawn, device, tmp_path / "whole", settings)
    task, asked = drawn.task(drawn.inputs(device)), []

    def interrupted(chosen, generator):
        asked.append(chosen)
        if len(asked) == 19:  # in the third epoch: each has six batches and one to validate on
            raise KeyboardInterrupt
        return task.batch(chosen, generator)

    with pytest.raises(KeyboardInterrupt):
        train(drawn, device, tmp_path / "stopped", settings, task=replace(task, batch=interrupted))
    _, resumed = train(drawn, device, tmp_path / "stopped", settings)
    assert resumed["epoch"].tolist() == whole["epoch"].tolist()
    assert_alike(resumed, whole)


class Hungry(nn.Module):
    """A network that takes 64 MB an image on its way forth."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.last = nn.Linear(3, len(LABELS))
        self.seen: list[int] = []

    def forward(self, images, cam):
        held = torch.empty(64 * MEGABYTE * len(images), dtype=torch.uint8, device=images.device)
        self.seen.append(len(images))
        return self.last(images.mean((2, 3))) + 0 * held[0]


def test_a_batch_that_does_not_fit_is_computed_in_halves(device, drawn, tmp_path, caplog):
    inputs = drawn.inputs(device, augmentation="none")  # which each attempt at a batch draws anew
    numbers = [inputs.samples.numbers(subset) for subset in ("train", "validation")]
    settings = replace(TRAINING, epochs=1)
    whole, halved = Hungry(), Hungry()
    history = fit(whole, drawn.task(inputs), *numbers, settings, tmp_path / "whole.pt", device)
    torch.cuda.empty_cache()
    # Room for 12 images beside what is held already: not for the batches of 16, nor for the 14 of validation.
    room = torch.cuda.memory_reserved(device) + 12 * 64 * MEGABYTE
    torch.cuda.set_per_process_memory_fraction(room / torch.cuda.get_device_properties(device).total_memory)
    try:
        halved_history = fit(halved, drawn.task(inputs), *numbers, settings, tmp_path / "halved.pt", device)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert whole.seen == [16] * 5 + [10, 14]
    assert halved.seen == [8, 8] * 5 + [5, 5, 7, 7]
    assert sum("in halves" in message for message in caplog.messages) == 2
    np.testing.assert_allclose(halved_history, history, rtol=0.02)


def test_a_compiled_training_is_the_plain_one(device, drawn, tmp_path):
    settings = replace(TRAINING, epochs=2)
    plain_network, plain = train(drawn, device, tmp_path / "plain", settings)
    compiled_network, compiled = train(drawn, device, tmp_path / "compiled", replace(settings, compile=True))
    assert list(compiled_network.state_dict()) == list(plain_network.state_dict())
    assert_alike(compiled, plain)


def test_a_compiled_network_drops_what_the_plain_one_does(device):
    images, kept = torch.rand(8, 64, device=device) + 1, []
    for compiled in (False, True):
        trained = nn.Sequential(nn.Linear(64, 64), nn.Dropout(0.5))
        nn.init.eye_(trained[0].weight)
        loop = loop_of(trained, None, replace(TRAINING, compile=compiled), device)
        torch.manual_seed(6)
        kept.append(loop.called(images) != 0)
    assert torch.equal(*kept)
    assert 0.3 < kept[0].float().mean().item() < 0.7
