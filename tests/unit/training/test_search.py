"""The search: a planted optimum, several workers on one study, interruptions, pruning, and the result."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from optuna.trial import TrialState

import toy_search
from damage import damaged
from selcn.storage.artifacts import DamagedArtifactError, read_table
from selcn.training.errors import TrainingFailedError
from selcn.training.search.journal import check
from selcn.training.search.space import SearchSettings
from selcn.training.search.study import SharedStudy
from selcn.training.search.summary import best_of, gather_trials, importances
from selcn.training.search.worker import run_trials

TESTS = Path(__file__).parents[2]
LIBRARY = TESTS.parent / "workflow_scripts"
NAMES = sorted(toy_search.SPACE)
FIRST = {"batch_size": 32, "beta1": 0.9, "learning_rate": 1e-4, "weighted_loss": True}


@pytest.fixture
def start(tmp_path):
    """Start a worker as a process of its own; none outlives the test."""
    started = []

    def start(worker: int, workers: int, trials: int) -> subprocess.Popen:
        command = [sys.executable, str(TESTS / "toy_search.py"), str(tmp_path), *map(str, (worker, workers, trials))]
        environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


def gathered(folder: Path, workers: int, trials: int) -> pd.DataFrame:
    return gather_trials([read_table(folder / f"worker-{k}.parquet") for k in range(workers)], trials)


def shared(folder: Path, worker: int = 0, workers: int = 1, settings=toy_search.SETTINGS, **first) -> SharedStudy:
    return SharedStudy(folder / "journal.log", settings, worker, workers, first)


def history_of(*accuracies: float) -> pd.DataFrame:
    rows = [
        {"epoch": k, "validation_loss": 1 - value, "validation_accuracy": value}
        for k, value in enumerate(accuracies, start=1)
    ]
    return pd.DataFrame(rows)


def trainer(accuracies_of):
    """A training whose accuracies by epoch are a function of its hyper-parameters."""

    def train(values, progress, after_epoch):
        history = history_of(*accuracies_of(values))
        for epoch in range(1, len(history) + 1):
            after_epoch(history.head(epoch).to_dict("records"))
        return history

    return train


def test_it_finds_a_planted_optimum(tmp_path):
    trials = run_trials(shared(tmp_path), 60, trainer(lambda values: [toy_search.accuracy(values)]), tmp_path)
    best = best_of(gather_trials([trials], 60), NAMES)["values"]
    assert best["batch_size"] == toy_search.OPTIMUM["batch_size"]
    assert best["weighted_loss"] is toy_search.OPTIMUM["weighted_loss"]
    assert best["beta1"] == pytest.approx(toy_search.OPTIMUM["beta1"], abs=0.1)
    assert toy_search.OPTIMUM["learning_rate"] / 4 < best["learning_rate"] < toy_search.OPTIMUM["learning_rate"] * 4
    drawn = trials.head(10)["value"].max()
    assert trials["value"].max() > drawn, "it must end above the trials that were drawn at random"
    assert next(iter(importances(trials, toy_search.SPACE))) in ("learning_rate", "batch_size", "weighted_loss")


def test_half_of_four_workers_killed_no_trial_is_lost_or_done_twice(tmp_path, start):
    workers = [start(k, 4, 24) for k in range(4)]
    while len(list(tmp_path.glob("trial-*/progress.pt"))) < 4:
        time.sleep(0.02)
        assert all(worker.poll() is None for worker in workers), "a worker failed"
    for worker in workers[:2]:
        worker.send_signal(signal.SIGKILL)
        worker.wait(120)
    (tmp_path / "go").touch()
    assert [worker.wait(120) for worker in workers] == [-9, -9, 0, 0]
    left = shared(tmp_path).trials(TrialState.RUNNING)
    assert {trial.user_attrs["worker"] for trial in left} == {0, 1}
    again = [start(k, 4, 24) for k in range(2)]
    assert [worker.wait(120) for worker in again] == [0, 0]
    trials = gathered(tmp_path, 4, 24)
    assert len(trials) == 24
    assert set(trials["state"]) <= {"complete", "pruned"}
    assert {trial.number for trial in left} <= set(trials["number"])
    assert not trials.duplicated(NAMES).any()
    assert (trials.loc[trials["state"] == "complete", "epochs"] == toy_search.EPOCHS).all()
    assert not shared(tmp_path).trials(TrialState.RUNNING)
    assert not list(tmp_path.glob("trial-*"))


def test_many_workers_that_end_at_once_run_no_trial_too_many(tmp_path, start):
    (tmp_path / "go").touch()
    workers = [start(k, 4, 10) for k in range(4)]
    assert [worker.wait(120) for worker in workers] == [0] * 4
    assert len(gathered(tmp_path, 4, 10)) == 10
    assert len(shared(tmp_path).trials(TrialState.COMPLETE, TrialState.PRUNED)) == 10


def test_of_two_workers_that_take_the_last_place_at_once_the_later_steps_back(tmp_path):
    first, second = shared(tmp_path, 0, 2), shared(tmp_path, 1, 2)
    numbers = first._begin(), second._begin()
    assert [second._keeps(numbers[1], 1), first._keeps(numbers[0], 1)] == [False, True]
    assert [trial.user_attrs["worker"] for trial in first.trials(TrialState.RUNNING)] == [0]
    assert [trial.user_attrs["worker"] for trial in first.trials(TrialState.FAIL)] == [1]
    assert second.next_trial(1) is None


def test_of_two_workers_that_take_the_configuration_s_values_at_once_the_later_begins_another(tmp_path, monkeypatch):
    first, second = shared(tmp_path, 0, 2, **FIRST), shared(tmp_path, 1, 2, **FIRST)
    seen, begin = second.trials, second._begin

    def begin_unaware():
        monkeypatch.setattr(second, "trials", lambda *states: [])
        number = begin()
        monkeypatch.setattr(second, "trials", seen)
        monkeypatch.setattr(second, "_begin", begin)
        return number

    assert first.next_trial(9).params == FIRST
    monkeypatch.setattr(second, "_begin", begin_unaware)
    assert second.next_trial(9).params == {}
    assert [trial.params for trial in second.trials(TrialState.FAIL)] == [FIRST]


def test_fewer_trials_later_leave_out_what_is_begun_beyond_them(tmp_path):
    workers = [shared(tmp_path, worker, 3) for worker in range(3)]
    for worker in workers:
        worker.next_trial(9)
    trials = [run_trials(worker, 2, trainer(lambda values: [0.5]), tmp_path) for worker in workers]
    assert [len(table) for table in trials] == [1, 1, 0]
    assert len(gather_trials(trials, 2)) == 2


def test_more_workers_later_share_what_the_others_left(tmp_path):
    assert shared(tmp_path, 0, 1).next_trial(3).number == 0
    train = trainer(lambda values: [toy_search.accuracy(values)])
    trials = [run_trials(shared(tmp_path, worker, 2), 3, train, tmp_path) for worker in (1, 0)]
    assert sorted(gather_trials(trials, 3)["worker"]) == [0, 1, 1]


def test_a_lock_that_a_killed_worker_left_is_broken_also_where_paths_are_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shared(Path("."))
    os.symlink(tmp_path / "journal.log", "journal.log.lock")
    monkeypatch.setattr("optuna.storages.journal._file.JournalFileSymlinkLock.__init__", short_grace)
    begun = time.process_time()
    assert shared(Path(".")).next_trial(1).number == 0
    assert time.process_time() - begun < 2, "it must sleep while it waits"


def short_grace(lock, filepath: str, grace_period: int = 3) -> None:
    assert Path(filepath).is_absolute()
    lock._lock_target_file, lock._lock_file, lock.grace_period = filepath, f"{filepath}.lock", 1


def test_a_line_that_was_cut_short_costs_no_more_than_itself(tmp_path):
    trials = run_trials(shared(tmp_path), 2, trainer(lambda values: [0.5]), tmp_path)
    journal = tmp_path / "journal.log"
    content = journal.read_bytes()
    journal.write_bytes(content + content.splitlines()[-1][:20])
    again = run_trials(shared(tmp_path), 3, trainer(lambda values: [0.5]), tmp_path)
    pd.testing.assert_frame_equal(again.head(2), trials)
    assert len(again) == 3


def test_more_trials_later_go_on_from_those_that_are_there(tmp_path):
    train = trainer(lambda values: [toy_search.accuracy(values)])
    before = run_trials(shared(tmp_path), 5, train, tmp_path)
    after = run_trials(shared(tmp_path), 9, train, tmp_path)
    pd.testing.assert_frame_equal(after.head(5), before)
    assert len(after) == 9
    assert not after.duplicated(NAMES).any()
    pd.testing.assert_frame_equal(gather_trials([after], 5), before)


def test_fewer_workers_later_take_over_what_the_others_left(tmp_path):
    for worker in range(3):
        assert shared(tmp_path, worker, 3).next_trial(9).number == worker
    train = trainer(lambda values: [toy_search.accuracy(values)])
    trials = run_trials(shared(tmp_path), 4, train, tmp_path)
    assert trials["number"].tolist() == [0, 1, 2, 3]
    assert trials["worker"].tolist() == [0, 1, 2, 0]


def test_a_trial_that_was_broken_off_goes_on_with_its_own_values(tmp_path):
    attempts = []

    def killed(values, progress, after_epoch):
        attempts.append(values)
        progress.write_text("half done")
        after_epoch(history_of(0.5).to_dict("records"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trials(shared(tmp_path), 1, killed, tmp_path)

    def resumed(values, progress, after_epoch):
        attempts.append(values)
        assert progress.read_text() == "half done"
        after_epoch(history_of(0.5, 0.7).to_dict("records"))
        return history_of(0.5, 0.7)

    (trial,) = run_trials(shared(tmp_path), 1, resumed, tmp_path).to_dict("records")
    assert attempts[0] == attempts[1]
    assert (trial["value"], trial["epochs"], trial["state"]) == (0.7, 2, "complete")


def test_one_worker_s_search_is_the_same_every_time(tmp_path):
    train = trainer(lambda values: [toy_search.accuracy(values)])
    tables = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        tables.append(run_trials(shared(tmp_path / name), 14, train, tmp_path / name))
    pd.testing.assert_frame_equal(*tables)


def test_a_hopeless_trial_is_pruned_but_not_before_it_had_its_epochs(tmp_path):
    settings = SearchSettings({"learning_rate": {"low": 1e-6, "high": 1.0}}, 1, startup_trials=3, warmup_epochs=2)
    count = iter(range(100))

    def accuracies(values):
        return [0.9, 0.9, 0.9, 0.9, 0.9] if next(count) < 3 else [0.1, 0.1, 0.1, 0.1, 0.1]

    trials = run_trials(shared(tmp_path, settings=settings), 4, trainer(accuracies), tmp_path)
    assert trials["state"].tolist() == ["complete"] * 3 + ["pruned"]
    assert trials["epochs"].tolist() == [5, 5, 5, 3]
    assert trials["value"].isna().tolist() == [False] * 3 + [True]


def test_a_training_that_fails_is_a_pruned_trial_and_no_end_of_the_search(tmp_path):
    def train(values, progress, after_epoch):
        if values["batch_size"] == 16:
            raise TrainingFailedError("epoch 1: the loss is not a number")
        return history_of(0.5)

    trials = run_trials(shared(tmp_path), 8, train, tmp_path)
    assert len(trials) == 8
    assert (trials["state"] == "pruned").tolist() == (trials["batch_size"] == 16).tolist()
    assert 0 < (trials["batch_size"] == 16).sum() < 8


def test_a_trial_is_worth_the_epoch_whose_weights_are_kept(tmp_path):
    losses = pd.DataFrame(
        {"epoch": [1, 2, 3], "validation_loss": [0.5, 0.2, 0.4], "validation_accuracy": [0.7, 0.8, 0.9]}
    )
    trials = run_trials(shared(tmp_path), 1, lambda *_: losses, tmp_path)
    assert trials["value"].tolist() == [0.8]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_configuration_s_values_are_tried_first_and_once_whichever_worker_comes_first(tmp_path, order):
    train = trainer(lambda values: [toy_search.accuracy(values)])
    trials = gather_trials([run_trials(shared(tmp_path, k, 2, **FIRST), 3, train, tmp_path) for k in order], 3)
    assert trials.loc[0, NAMES].to_dict() == FIRST
    assert not trials.duplicated(NAMES).any()


def test_any_damage_to_the_journal_is_noticed_and_none_of_it_is_used(tmp_path):
    shared(tmp_path).study.ask().report(0.5, 1)
    journal = tmp_path / "journal.log"
    content = journal.read_bytes()
    whole_lines = {content[: content.index(line) + len(line)] for line in content.splitlines(keepends=True)} | {b""}
    for wrong in damaged(content):
        journal.write_bytes(wrong)
        try:
            check(journal)
        except DamagedArtifactError as error:
            assert "journal.log: line" in str(error)  # noqa: PT017 (not every damage is an error)
            assert not journal.exists()
            continue
        # Cut short: the whole lines are left, as after a kill.
        assert journal.read_bytes() in whole_lines, wrong
