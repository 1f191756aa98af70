"""The training loop: bit-identical results after resuming, early stopping, best weights."""

import copy
import signal

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from selcn.jobs.signals import StopRequested
from selcn.networks.settings import TrainingSettings
from selcn.training.adam import Adam
from selcn.training.classification import class_codes, classification_task, logits_of
from selcn.training.errors import DivergedError, TrainingFailedError
from selcn.training.fit import fit
from selcn.training.progress import ProgressFile
from selcn.training.schedule import learning_rate
from toy_training import BATCHES_AN_EPOCH, CPU, SETTINGS, Data, build, train


def assert_same(first, second):
    assert first.keys() == second.keys()
    for key in first:
        assert torch.equal(first[key], second[key]), key


@pytest.mark.parametrize("killed_at", [0, 1, 5, 8, 9, 23, 40])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_killed_training_ends_as_if_never_stopped(tmp_path, killed_at, schedule):
    settings = TrainingSettings(**vars(SETTINGS) | {"schedule": schedule})
    whole, history = train(Data(), tmp_path / "whole.pt", settings)
    with pytest.raises(KeyboardInterrupt):
        train(Data(killed_at), tmp_path / "killed.pt", settings)
    resumed, resumed_history = train(Data(), tmp_path / "killed.pt", settings)
    assert_same(whole.state_dict(), resumed.state_dict())
    assert history.equals(resumed_history)


def test_it_really_resumes_and_does_not_begin_anew(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(Data(24), tmp_path / "progress.pt")
    assert ProgressFile(tmp_path / "progress.pt").load().epoch == 3
    data = Data()
    train(data, tmp_path / "progress.pt")
    assert data.batches == 3 * BATCHES_AN_EPOCH


def test_each_step_has_the_learning_rate_of_its_schedule(tmp_path, monkeypatch):
    settings, rates, step = TrainingSettings(**vars(SETTINGS) | {"schedule": "cosine"}), [], Adam.step
    monkeypatch.setattr(Adam, "step", lambda self: rates.append(self.param_groups[0]["lr"]) or step(self))
    train(Data(), tmp_path / "progress.pt", settings)
    # Validation has no steps.
    steps = len(rates) // settings.epochs
    assert rates == [learning_rate(settings, number / steps) for number in range(steps * settings.epochs)]


def test_another_seed_gives_other_weights(tmp_path):
    first, _ = train(Data(), tmp_path / "a.pt")
    other, _ = train(Data(), tmp_path / "b.pt", TrainingSettings(**vars(SETTINGS) | {"seed": 1}))
    assert not torch.equal(first.state_dict()["5.weight"], other.state_dict()["5.weight"])


def test_the_weights_kept_are_those_of_the_lowest_validation_loss(tmp_path):
    settings = TrainingSettings(**vars(SETTINGS) | {"learning_rate": 0.3, "epochs": 9, "patience": 9})
    network, history = train(Data(), tmp_path / "p.pt", settings)
    best = history["validation_loss"].idxmin()
    assert best < len(history) - 1, "the case must not end with its best epoch"
    data = Data()
    logits = torch.from_numpy(logits_of(network, data.batch, torch.arange(40, 60), 2, 8, CPU))
    task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
    assert task.loss(logits, data.codes[40:]).item() == pytest.approx(history["validation_loss"][best], rel=1e-5)


def test_it_stops_after_as_many_epochs_without_a_better_loss_as_patience_says(tmp_path):
    settings = TrainingSettings(**vars(SETTINGS) | {"learning_rate": 0.3, "epochs": 100, "patience": 3})
    _, history = train(Data(), tmp_path / "p.pt", settings)
    assert len(history) == history["validation_loss"].idxmin() + 1 + 3


def test_losses_and_accuracies_are_means_over_samples(tmp_path):
    data = Data()
    network, history = train(data, tmp_path / "p.pt", TrainingSettings(**vars(SETTINGS) | {"epochs": 1}))
    network.eval()
    accuracy = (network(data.images[40:]).argmax(1) == data.codes[40:]).float().mean().item()
    assert history["validation_accuracy"][0] == pytest.approx(accuracy)


def test_a_loss_that_is_no_number_is_an_error(tmp_path):
    data = Data()
    data.images[5] = torch.nan
    with pytest.raises(TrainingFailedError, match="not finite") as caught:
        train(data, tmp_path / "p.pt")
    assert [row["epoch"] for row in caught.value.history] == [1]
    assert np.isnan(caught.value.history[-1]["train_loss"])


def test_the_history_of_a_training_that_diverges_has_the_epochs_before(tmp_path):
    data = Data(2 * BATCHES_AN_EPOCH, do=lambda: data.images.fill_(torch.nan))
    with pytest.raises(DivergedError) as caught:
        train(data, tmp_path / "p.pt")
    assert [row["epoch"] for row in caught.value.history] == [1, 2, 3]


def test_labels_are_numbered_in_the_order_of_the_classes_and_others_are_named():
    assert class_codes(["nv", "mel", "nv"], ["mel", "bcc", "nv"]).tolist() == [2, 0, 2]
    with pytest.raises(ValueError, match=r"unknown labels \['df', 'scc'\]; expected some of \['mel', 'nv'\]"):
        class_codes(pd.Series(["nv", "scc", "df", "scc"]), ["mel", "nv"])


def test_networks_are_left_alone_by_copies(tmp_path):
    network, _ = train(Data(), tmp_path / "p.pt")
    before = copy.deepcopy(network.state_dict())
    logits_of(network, Data().batch, torch.arange(60), 2, 7, CPU)
    assert_same(before, network.state_dict())


def test_a_last_batch_of_one_is_left_out_of_training_and_of_its_means(tmp_path):
    settings = TrainingSettings(**vars(SETTINGS) | {"epochs": 1, "batch_size": 13, "learning_rate": 1e-12})
    data = Data()
    network = nn.Sequential(nn.Flatten(), nn.Linear(72, 2))
    task = classification_task(data.batch, data.codes[:40], 2, weighted=False, device=CPU)
    history = fit(network, task, torch.arange(40), torch.arange(40, 60), settings, tmp_path / "p.pt", CPU)
    losses = nn.functional.cross_entropy(network(data.images[:40]), data.codes[:40], reduction="none")
    left_out = [(losses.sum() - loss).item() / 39 for loss in losses]
    assert min(abs(history["train_loss"][0] - mean) for mean in left_out) < 1e-5


class Moved(nn.Sequential):
    """A network that says whether it was moved in inference mode."""

    def to(self, *arguments, **options):
        self.in_inference_mode = torch.is_inference_mode_enabled()
        return super().to(*arguments, **options)


def test_a_network_is_not_moved_in_inference_mode_so_that_weights_can_be_loaded_into_it_again():
    network = Moved(*build())
    logits_of(network, Data().batch, torch.arange(60), 2, 7, CPU)
    assert network.in_inference_mode is False


def test_a_stop_whose_progress_cannot_be_saved_says_from_where_the_next_attempt_resumes(tmp_path, monkeypatch, caplog):
    def stop():
        monkeypatch.setattr("selcn.training.progress.write", full)
        raise StopRequested(signal.SIGTERM)

    def full(path, *parts):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("SELCN_SAVE_EVERY", "3600")
    with pytest.raises(StopRequested, match="starts from the first epoch"):
        train(Data(2 * BATCHES_AN_EPOCH, do=stop), tmp_path / "p.pt")
    assert "the progress since epoch 0 cannot be saved: [Errno 28] No space left on device" in caplog.text
