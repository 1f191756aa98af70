"""Trainings in reduced precision beside float32 on a GPU, and evaluation in float32."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from drawn_training import LABELS, TRAINING, network
from selcn.networks.symmetry import SymmetryNetwork
from selcn.training import fit as loop_module
from selcn.training.classification import logits_of
from selcn.training.fit import fit, forward
from selcn.training.precision import training_dtype

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _single_precision():
    """Multiply in full single precision, as jobs do."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


def test_bfloat16_is_taken_from_compute_capability_8_on(device):
    native = torch.cuda.get_device_capability()[0] >= 8
    assert training_dtype(TRAINING, device) == (torch.bfloat16 if native else torch.float32)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_predictions_in_reduced_precision_beside_those_in_float32(device, dtype):
    torch.manual_seed(0)
    built = SymmetryNetwork(nn.Conv2d(3, 16, 1), 16, 0.0)
    nn.init.constant_(built.classifier[1].bias, 20.0)
    images = torch.rand(2003, 3, 4, 4)
    built.to(device)
    with torch.no_grad():
        expected = forward(built, (images.to(device),))
        found = forward(built, (images.to(device),), dtype)
    assert found.dtype == torch.float32
    # The last layers are in float32: otherwise two logits near 20 would often be equal.
    for logits in (expected, found):
        assert (logits[:, 0] == logits[:, 1]).sum() == 0
    torch.testing.assert_close(found, expected, rtol=0, atol=0.01)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_training_in_reduced_precision_is_near_one_in_float32(device, drawn, tmp_path, monkeypatch, dtype):
    histories = []
    for chosen in (torch.float32, dtype):
        monkeypatch.setattr(loop_module, "training_dtype", lambda settings, device, chosen=chosen: chosen)
        inputs = drawn.inputs(device)
        numbers = [inputs.samples.numbers(subset) for subset in ("train", "validation")]
        progress = tmp_path / f"{chosen}.pt"
        histories.append(fit(network(), drawn.task(inputs), *numbers, replace(TRAINING, epochs=2), progress, device))
    losses = ["train_loss", "validation_loss"]
    assert not histories[0].equals(histories[1])
    np.testing.assert_allclose(histories[1][losses], histories[0][losses], rtol=0.05)


def test_predictions_after_the_training_are_the_cpu_s_within_the_rounding_of_float32(device, drawn):
    logits = {}
    for where in (CPU, device):
        inputs = drawn.inputs(where)
        task, numbers = drawn.task(inputs), inputs.samples.numbers("train")
        logits[where] = logits_of(network(), task.batch, numbers, len(LABELS), 32, where)
    np.testing.assert_allclose(logits[device], logits[CPU], rtol=1e-3, atol=1e-4)
