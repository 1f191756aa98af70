"""Batch halving, with a network that refuses larger batches in place of a small GPU: halves, then an error."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from selcn.networks.settings import TrainingSettings
from selcn.training.classification import classification_task, logits_of
from selcn.training.errors import TrainingFailedError
from selcn.training.fit import fit
from small_memory import Small
from toy_training import CPU, SETTINGS, Data

ONE_EPOCH = TrainingSettings(**vars(SETTINGS) | {"epochs": 1, "batch_size": 7})


def run(network: nn.Module, folder, settings: TrainingSettings = ONE_EPOCH):
    """Train a network; return its history and its gradients at each step of the optimiser."""
    data, gradients = Data(), []
    hook = register_optimizer_step_pre_hook(
        lambda *_: gradients.append([weight.grad.clone() for weight in network.parameters()])
    )
    task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
    try:
        history = fit(network, task, torch.arange(40), torch.arange(40, 60), settings, folder / "progress.pt", CPU)
    finally:
        hook.remove()
    return history, gradients


@pytest.mark.parametrize("limits", [{"forth": 4}, {"back": 4}])
def test_the_gradients_of_two_halves_are_those_of_the_whole_batch(tmp_path, caplog, limits):
    history, whole = run(Small(), tmp_path / "whole")
    halved_history, halved = run(network := Small(**limits), tmp_path / "halved")
    assert len(whole) == len(halved) == 6
    for expected, found in zip(whole, halved, strict=True):
        for a, b in zip(expected, found, strict=True):
            torch.testing.assert_close(b, a, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(halved_history, history, rtol=1e-5)
    assert network.seen[True][-12:] == [4, 3] * 5 + [3, 2]
    assert network.seen[False] == [7, 7, 6], "validation had room"
    assert [message for message in caplog.messages if "out of GPU memory" in message] == [
        "out of GPU memory with a batch of 7; computing it and all later batches in halves"
    ]


def test_training_and_validation_are_halved_each_where_it_does_not_fit(tmp_path):
    history, whole = run(Small(), tmp_path / "whole")
    halved_history, same = run(network := Small(evaluated=4), tmp_path / "halved")
    assert network.seen[True] == [7] * 5 + [5]
    assert network.seen[False] == [4, 3, 4, 3, 3, 3]
    for expected, found in zip(whole, same, strict=True):
        assert all(map(torch.equal, expected, found))
    np.testing.assert_allclose(halved_history, history, rtol=1e-5)


def test_halves_are_kept_up_for_the_rest_of_the_training(tmp_path, caplog):
    run(network := Small(forth=4), tmp_path, TrainingSettings(**vars(ONE_EPOCH) | {"epochs": 3}))
    assert network.seen[True] == ([4, 3] * 5 + [3, 2]) * 3
    assert sum("out of GPU memory" in message for message in caplog.messages) == 1


@pytest.mark.parametrize("limits", [{"forth": 3}, {"evaluated": 3}])
def test_halves_that_do_not_fit_are_an_error_that_names_the_batch_size_to_set(tmp_path, limits):
    settings = TrainingSettings(**vars(ONE_EPOCH) | {"batch_size": 10})
    with pytest.raises(TrainingFailedError, match="batches of 10, even in halves; set batch_size to at most 2"):
        run(Small(**limits), tmp_path, settings)


def test_a_batch_that_would_leave_a_single_image_is_not_cut(tmp_path):
    settings = TrainingSettings(**vars(ONE_EPOCH) | {"batch_size": 3})
    with pytest.raises(TrainingFailedError, match="set batch_size to at most 1"):
        run(network := Small(forth=2), tmp_path, settings)
    assert not network.seen[True]


def test_predictions_in_halves_are_those_of_whole_batches():
    data, numbers = Data(), torch.arange(60)
    whole = logits_of(Small(), data.batch, numbers, 2, 16, CPU)
    halved = logits_of(network := Small(evaluated=8), data.batch, numbers, 2, 16, CPU)
    assert network.seen[False] == [8, 8, 8, 8, 8, 8, 6, 6]
    np.testing.assert_allclose(halved, whole, rtol=1e-5, atol=1e-6)
    with pytest.raises(TrainingFailedError, match="set inference_batch_size to at most 4"):
        logits_of(Small(evaluated=7), data.batch, numbers, 2, 16, CPU)
