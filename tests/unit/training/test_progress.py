"""Progress of a training: repeated interruptions, and files truncated or with a flipped byte."""

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
from selcn.training.progress import Progress, load_progress, save_progress
from toy_training import BATCHES_AN_EPOCH, Data, train, with_epochs

TESTS = Path(__file__).parents[2]
LIBRARY = TESTS.parent / "workflow_scripts"


def test_fifty_stops_cost_at_most_the_rests_of_fifty_epochs_and_change_no_bit(tmp_path):
    epochs, draws = 60, random.Random(5)
    stops = [draws.randrange(20) for _ in range(50)]
    command = [sys.executable, TESTS / "toy_training.py", tmp_path, str(epochs), *map(str, stops), "-1"]
    environment = os.environ | {"PYTHONPATH": str(LIBRARY)}
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


def progress_of(epoch: int) -> Progress:
    weights = {"weight": torch.arange(400) * float(epoch)}
    return Progress(epoch, 0, 0.5, weights, weights, {"state": {}}, [{"epoch": epoch, "validation_loss": 0.5}])


def test_an_equal_validation_loss_is_no_better():
    network = torch.nn.Linear(1, 1)
    optimizer, progress = torch.optim.SGD(network.parameters(), lr=1), Progress()
    kept = []
    for epoch, loss in enumerate((0.5, 0.5, 0.4, 0.4, 0.6), start=1):
        torch.nn.init.constant_(network.weight, epoch)
        progress.advance({"epoch": epoch, "validation_loss": loss}, network, optimizer)
        kept.append((progress.stale, progress.best["weight"].item()))
    assert kept == [(0, 1), (1, 1), (0, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize("place", ["torch.save", "os.fsync", "os.replace", "Path.unlink"])
def test_a_signal_while_the_progress_is_written_leaves_the_old_or_the_new(tmp_path, monkeypatch, place):
    path = tmp_path / "progress.pt"
    save_progress(progress_of(1), path)
    owner, name = {"torch": torch, "os": os, "Path": Path}[place.split(".")[0]], place.split(".")[1]
    done = getattr(owner, name)

    def told(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return done(*arguments, **options)

    monkeypatch.setattr(owner, name, told)
    with pytest.raises(StopRequested), stopped_by_signals():
        save_progress(progress_of(2), path)
    monkeypatch.undo()
    loaded = load_progress(path)
    assert loaded.epoch == (2 if place == "Path.unlink" else 1)
    assert torch.equal(loaded.network["weight"], progress_of(loaded.epoch).network["weight"])
    assert os.listdir(tmp_path) == ["progress.pt"]


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
    save_progress(progress_of(3), path)
    assert load_progress(path).epoch == 3
    damaged = damaged_files(path.read_bytes())
    monkeypatch.setattr(module.torch, "load", lambda *_, **__: pytest.fail("a damaged file was unpacked"))
    for content in [*damaged, b""]:
        caplog.clear()
        path.write_bytes(content)
        assert load_progress(path) == Progress()
        assert caplog.messages == [
            f"{path} is damaged (its checksum does not match); restarting the training from the first epoch"
        ]


def test_a_training_whose_progress_is_damaged_begins_anew_and_ends_the_same(tmp_path):
    whole, history = train(Data(), tmp_path / "p.pt")
    content = (tmp_path / "p.pt").read_bytes()
    (tmp_path / "p.pt").write_bytes(content[: len(content) // 2])
    data = Data()
    again, again_history = train(data, tmp_path / "p.pt")
    assert data.batches == 6 * BATCHES_AN_EPOCH
    assert again_history.equals(history)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())
