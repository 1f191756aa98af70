"""GPU memory between the trials of a search."""

import weakref

import optuna
import torch

import toy_search
from selcn.training.classification import classification_task
from selcn.training.errors import TrainingFailedError
from selcn.training.fit import fit, seed_everything
from selcn.training.search.study import SharedStudy
from selcn.training.search.worker import run_trials
from toy_training import CPU, SETTINGS, Data, with_epochs


def test_a_trial_s_arrays_are_let_go_of_and_the_gpu_s_cache_is_emptied_before_the_next(tmp_path, monkeypatch, caplog):
    # pytest keeps what is logged, an error with its frames among it.
    caplog.set_level("CRITICAL", "selcn.training.search")
    trials: list[weakref.ref] = []
    held: list[int] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: held.append(sum(data() is not None for data in trials)))

    def train(values, progress, after_epoch):
        # As the set-ups of all networks begin.
        seed_everything(SETTINGS)
        trials.append(weakref.ref(data := Data()))
        if len(trials) == 2:
            raise TrainingFailedError("the loss is not a number")
        if len(trials) == 3:
            raise optuna.TrialPruned
        task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
        numbers = torch.arange(40), torch.arange(40, 60)
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(72, 2))
        return fit(network, task, *numbers, with_epochs(1), progress, CPU, after_epoch)

    shared = SharedStudy(tmp_path / "journal.log", toy_search.SETTINGS, 0, 1, {})
    run_trials(shared, 4, train, tmp_path)
    assert held == [0, 0, 0, 0]
    assert len(trials) == 4
