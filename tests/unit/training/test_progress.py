"""Progress of a training: stops and kills, how often it is saved, and files truncated or with a flipped byte."""

import contextlib
import copy
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from selcn.jobs.signals import StopRequested, stopped_by_signals
from selcn.training import progress as module
from selcn.training.progress import Progress, ProgressFile
from toy_training import BATCHES_AN_EPOCH, Data, build, train, with_epochs

TESTS = Path(__file__).parents[2]
LIBRARY = TESTS.parent / "workflow_scripts"


@pytest.mark.parametrize("save_every", [0, 3600])
def test_fifty_stops_cost_at_most_the_rests_of_fifty_epochs_and_change_no_bit(tmp_path, save_every):
    epochs, draws = 60, random.Random(5)
    stops = [draws.randrange(20) for _ in range(50)]
    command = [sys.executable, TESTS / "toy_training.py", tmp_path, str(epochs), *map(str, stops), "-1"]
    environment = os.environ | {"PYTHONPATH": str(LIBRARY), "SELCN_SAVE_EVERY": str(save_every)}
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert list(map(int, result.stdout.split())) == [128 + signal.SIGTERM] * 50 + [0]

    network, history = train(Data(), tmp_path / "whole.pt", with_epochs(epochs))
    stopped = torch.load(tmp_path / "best.pt", weights_only=True)
    assert all(torch.equal(value, stopped[name]) for name, value in network.state_dict().items())
    assert pd.read_pickle(tmp_path / "history.pkl").equals(history)

    batches = [int((tmp_path / f"attempt-{k}.batches").read_text()) for k in range(51)]
    assert sum(batches) > epochs * BATCHES_AN_EPOCH, "the stops must have cost something"
    assert sum(-(-count // BATCHES_AN_EPOCH) for count in batches) <= epochs + len(batches)

    ends = [(tmp_path / f"attempt-{k}.log").read_text().splitlines()[-1] for k in range(50)]
    done = [int(match[1]) if (match := re.search(r"after epoch (\d+)$", end)) else 0 for end in ends]
    assert all("stopped by SIGTERM: the next attempt " in end for end in ends)
    assert done == [sum(count // BATCHES_AN_EPOCH for count in batches[: k + 1]) for k in range(50)]


def let_an_epoch_take_10_s(monkeypatch, data: Data) -> None:
    monkeypatch.setattr(module.time, "monotonic", lambda: 10.0 * (data.batches // BATCHES_AN_EPOCH))


def epochs_saved(monkeypatch, folder: Path, save_every: float) -> list[int]:
    """Return the epochs after which the toy training, of six epochs of 10 s, saves its progress."""
    saved, save = [], ProgressFile.save
    data = Data()
    let_an_epoch_take_10_s(monkeypatch, data)
    monkeypatch.setenv("SELCN_SAVE_EVERY", str(save_every))
    monkeypatch.setattr(
        ProgressFile, "save", lambda file, progress: (saved.append(progress.epoch), save(file, progress))
    )
    train(data, folder / "progress.pt")
    return saved


@pytest.mark.parametrize(
    ("save_every", "epochs"),
    [(0, [1, 2, 3, 4, 5, 6]), (10, [1, 2, 3, 4, 5, 6]), (20, [2, 4, 6]), (25, [3, 6]), (90, [])],
)
def test_progress_is_saved_at_the_end_of_an_epoch_when_the_time_is_up_and_at_the_end(
    tmp_path, monkeypatch, save_every, epochs
):
    assert epochs_saved(monkeypatch, tmp_path, save_every) == [*epochs, 6]


@pytest.mark.parametrize("killed_in", [1, 2, 3, 4, 5, 6])
def test_a_killed_training_repeats_at_most_the_time_between_saves_and_one_epoch(tmp_path, monkeypatch, killed_in):
    whole, history = train(Data(), tmp_path / "whole.pt")
    monkeypatch.setenv("SELCN_SAVE_EVERY", "25")
    data = Data(killed_in * BATCHES_AN_EPOCH - 2)
    let_an_epoch_take_10_s(monkeypatch, data)
    with pytest.raises(KeyboardInterrupt):  # which no code of the training knows, as a kill
        train(data, tmp_path / "killed.pt")
    assert ProgressFile(tmp_path / "killed.pt").load().epoch == (killed_in - 1) // 3 * 3
    again, again_history = train(Data(), tmp_path / "killed.pt")
    assert again_history.equals(history)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())


def state_of(epoch: int, stale: int) -> Progress:
    """Return the progress of an epoch, whose weights tell it from those of any other."""
    weights, best = ({"weight": torch.arange(400) * float(number)} for number in (epoch, epoch - stale))
    history = [{"epoch": number, "validation_loss": 0.5} for number in range(1, epoch + 1)]
    return Progress(epoch, stale, 0.5, best, weights, {"state": {0: weights}}, history)


def is_whole(progress: Progress) -> bool:
    """Return whether all parts of a progress are of one state."""
    same = state_of(progress.epoch, progress.stale)
    pairs = zip((progress.best, progress.network), (same.best, same.network), strict=True)
    return progress.history == same.history and all(torch.equal(a["weight"], b["weight"]) for a, b in pairs)


# The best epoch is the last one, an earlier one, the same one again, the last one again, another earlier one.
STATES = (state_of(1, 0), state_of(2, 1), state_of(3, 2), state_of(4, 0), state_of(5, 1), state_of(7, 0))


@pytest.mark.parametrize("state", STATES)
def test_what_is_saved_is_read_again(tmp_path, state):
    ProgressFile(tmp_path / "progress.pt").save(state)
    loaded = ProgressFile(tmp_path / "progress.pt").load()
    assert (loaded.epoch, loaded.stale, loaded.best_loss) == (state.epoch, state.stale, 0.5)
    assert is_whole(loaded)


def test_the_best_weights_are_written_once_and_only_where_they_are_not_the_last(tmp_path):
    file, found = ProgressFile(tmp_path / "progress.pt"), []
    for state in STATES:
        file.save(state)
        found.append([(path.name, path.stat().st_ino) for path in tmp_path.glob("*best*")])
    names = [[name for name, _ in files] for files in found]
    assert names == [[], ["progress.best-1.pt"], ["progress.best-1.pt"], [], ["progress.best-4.pt"], []]
    assert found[1] == found[2], "it was written again"
    resumed = ProgressFile(tmp_path / "progress.pt")
    resumed.save(state_of(8, 1))
    written = (tmp_path / "progress.best-7.pt").stat().st_ino
    resumed.load()
    resumed.save(state_of(9, 2))
    assert (tmp_path / "progress.best-7.pt").stat().st_ino == written


class Killed(BaseException):
    """A kill, between two changes of files."""


@pytest.mark.parametrize("attempts_on_disk", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("change", range(6))
def test_a_kill_between_any_two_changes_of_files_loses_no_progress_and_mixes_none(
    tmp_path, monkeypatch, attempts_on_disk, change
):
    file = ProgressFile(tmp_path / "progress.pt")
    for state in STATES[:attempts_on_disk]:
        file.save(state)
    left = iter(range(change))

    def killed_at(owner, name):
        done = getattr(owner, name)

        def change(*arguments, **options):
            if next(left, None) is None:
                raise Killed
            return done(*arguments, **options)

        monkeypatch.setattr(owner, name, change)

    for owner, name in ((os, "replace"), (os, "fsync"), (Path, "unlink")):
        killed_at(owner, name)
    with contextlib.suppress(Killed):
        file.save(STATES[attempts_on_disk])
    monkeypatch.undo()
    loaded = ProgressFile(tmp_path / "progress.pt").load()
    assert loaded.epoch in (STATES[attempts_on_disk - 1].epoch, STATES[attempts_on_disk].epoch)
    assert is_whole(loaded)


def test_an_equal_validation_loss_is_no_better():
    network = torch.nn.Linear(1, 1)
    optimizer, progress = torch.optim.SGD(network.parameters(), lr=1), Progress()
    kept = []
    for epoch, loss in enumerate((0.5, 0.5, 0.4, 0.4, 0.6), start=1):
        torch.nn.init.constant_(network.weight, epoch)
        progress = progress.advanced({"epoch": epoch, "validation_loss": loss}, network, optimizer)
        kept.append((progress.stale, progress.best["weight"].item()))
    assert kept == [(0, 1), (1, 1), (0, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize("place", ["torch.save", "os.fsync", "os.replace", "Path.unlink"])
def test_a_signal_while_the_progress_is_written_leaves_the_old_or_the_new(tmp_path, monkeypatch, place):
    path = tmp_path / "progress.pt"
    file = ProgressFile(path)
    file.save(state_of(1, 0))
    owner, name = {"torch": torch, "os": os, "Path": Path}[place.split(".")[0]], place.split(".")[1]
    done = getattr(owner, name)

    def told(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return done(*arguments, **options)

    monkeypatch.setattr(owner, name, told)
    with pytest.raises(StopRequested), stopped_by_signals():
        file.save(state_of(2, 0))
    monkeypatch.undo()
    loaded = ProgressFile(path).load()
    assert loaded.epoch == (2 if place == "Path.unlink" else 1)
    assert is_whole(loaded)
    assert os.listdir(tmp_path) == ["progress.pt"]
    file.save(state_of(2, 0))
    assert ProgressFile(path).load().epoch == 2


@pytest.mark.parametrize("place", ["advanced", "save"])
def test_a_stop_while_an_epoch_is_added_or_saved_keeps_a_whole_epoch(tmp_path, monkeypatch, place):
    whole, history = train(Data(), tmp_path / "whole.pt")
    owner, calls = {"advanced": Progress, "save": ProgressFile}[place], iter(range(100))
    done = getattr(owner, place)

    def told(self, *arguments):
        result = done(self, *arguments)
        if next(calls) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return result

    monkeypatch.setattr(owner, place, told)
    with pytest.raises(StopRequested) as stop, stopped_by_signals():
        train(Data(), tmp_path / "stopped.pt")
    monkeypatch.undo()
    kept = ProgressFile(tmp_path / "stopped.pt").load().epoch
    assert kept == {"advanced": 2, "save": 3}[place]
    assert stop.value.next_attempt == f"resumes after epoch {kept}"
    again, again_history = train(Data(), tmp_path / "stopped.pt")
    assert again_history.equals(history)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())


def damaged_files(content: bytes) -> list[bytes]:
    """Return a file truncated at 20 places and with one byte flipped in 20 places."""
    draws = random.Random(11)
    cut = [content[: draws.randrange(len(content))] for _ in range(20)]
    flipped = []
    for place in draws.sample(range(len(content)), 20):
        flipped.append(content[:place] + bytes([content[place] ^ draws.randrange(1, 256)]) + content[place + 1 :])
    return cut + flipped


def test_whatever_is_damaged_is_noticed_by_its_checksum_and_never_used(tmp_path, monkeypatch, caplog):
    path = tmp_path / "progress.pt"
    ProgressFile(path).save(state_of(3, 0))
    assert ProgressFile(path).load().epoch == 3
    damaged = damaged_files(path.read_bytes())
    monkeypatch.setattr(module.torch, "load", lambda *_, **__: pytest.fail("a damaged file was unpacked"))
    for content in [*damaged, b""]:
        caplog.clear()
        path.write_bytes(content)
        assert ProgressFile(path).load() == Progress()
        assert caplog.messages == [
            f"{path} is damaged (its checksum does not match); restarting the training from the first epoch"
        ]


def test_best_weights_that_are_damaged_missing_or_of_another_attempt_are_never_used(tmp_path, caplog):
    path, best = tmp_path / "progress.pt", tmp_path / "progress.best-2.pt"
    ProgressFile(path).save(state_of(3, 1))
    other = tmp_path / "other.pt"
    ProgressFile(other).save(Progress(3, 1, 0.5, {"weight": torch.zeros(400)}, {}, {}, []))
    for content in [*damaged_files(best.read_bytes()), (tmp_path / "other.best-2.pt").read_bytes(), None]:
        caplog.clear()
        best.unlink()
        if content is not None:
            best.write_bytes(content)
        assert ProgressFile(path).load() == Progress()
        assert caplog.messages == [
            f"{best} is missing or damaged (its checksum does not match); restarting the training from the first epoch"
        ]
        best.touch()


def test_progress_of_version_0_1_0_which_has_the_best_weights_in_one_file_is_read(tmp_path):
    path = tmp_path / "progress.pt"
    payload = module.packed(vars(state_of(3, 1)))
    path.write_bytes(hashlib.sha256(payload).digest() + payload)
    loaded = ProgressFile(path).load()
    assert (loaded.epoch, loaded.stale) == (3, 1)
    assert is_whole(loaded)


def test_a_later_epoch_changes_nothing_of_the_progress_that_is_kept():
    network = build()
    optimizer = torch.optim.Adam(network.parameters())

    def step() -> None:
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()

    step()
    kept = Progress().advanced({"epoch": 1, "validation_loss": 0.5}, network, optimizer)
    before = copy.deepcopy(kept)
    step()
    assert torch.equal(kept.network["0.weight"], before.network["0.weight"])
    states = [progress.optimizer["state"][0] for progress in (kept, before)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in ("step", "exp_avg", "exp_avg_sq"))


def test_a_training_whose_progress_is_damaged_begins_anew_and_ends_the_same(tmp_path):
    whole, history = train(Data(), tmp_path / "p.pt")
    content = (tmp_path / "p.pt").read_bytes()
    (tmp_path / "p.pt").write_bytes(content[: len(content) // 2])
    data = Data()
    again, again_history = train(data, tmp_path / "p.pt")
    assert data.batches == 6 * BATCHES_AN_EPOCH
    assert again_history.equals(history)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())
