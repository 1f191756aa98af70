"""Rows read ahead: the same batches, also after errors and interruptions of the loop."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from selcn.jobs.signals import StopRequested
from selcn.storage.artifacts import DamagedArtifactError
from selcn.storage.row_arrays import RowFile, ShardedArray
from selcn.training.ahead import AHEAD, ReadAhead, reading_ahead
from selcn.training.classification import classification_task, logits_of
from selcn.training.fit import fit
from selcn.training.images import gather
from small_memory import Small
from toy_training import CPU, SETTINGS, Data, build

ROWS = np.random.default_rng(0).integers(0, 256, (30, 4, 4, 3), dtype=np.uint8)
BATCHES = list(torch.randperm(30, generator=torch.Generator().manual_seed(0)).split(7))
TESTS = Path(__file__).parents[2]


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("read-ahead")]


class Reading:
    """An array that tells which rows were read, in which thread, and may fail at one of them."""

    def __init__(self, bad: int | None = None) -> None:
        self.shape, self.bad = ROWS.shape, bad
        self.read: list[list[int]] = []
        self.threads: set[str] = set()
        self.enough = threading.Semaphore(0)

    def __getitem__(self, rows):
        if self.bad in rows:
            raise DamagedArtifactError("a.npy: cut short while it was read")
        self.read.append(rows.tolist())
        self.threads.add(threading.current_thread().name)
        self.enough.release()
        return ROWS[rows]


@pytest.mark.parametrize("kind", ["file", "sharded", "tensor"])
def test_batches_are_those_of_the_array_in_every_epoch(tmp_path, kind):
    np.save(tmp_path / "a.npy", ROWS)
    array = {
        "file": lambda: RowFile(tmp_path / "a.npy"),
        "sharded": lambda: ShardedArray([str(tmp_path / "a.npy")], [f"{k:02d}" for k in range(30)]),
        "tensor": lambda: torch.from_numpy(ROWS),
    }[kind]()
    ahead = ReadAhead(array, CPU)
    assert ahead.shape == ROWS.shape
    for order in (BATCHES, BATCHES[::-1]):
        with ahead.coming(order):
            for rows in order:
                assert np.array_equal(gather(ahead, rows, CPU).numpy(), ROWS[rows.numpy()])
    assert not threads()


def test_rows_are_read_once_by_a_thread_before_they_are_asked_for():
    array = Reading()
    ahead = ReadAhead(array, CPU)
    with ahead.coming(BATCHES):
        for read in range(AHEAD):
            assert array.enough.acquire(timeout=30), f"only {read} batches were read"
        assert array.read == [rows.tolist() for rows in BATCHES[:AHEAD]]
        for rows in BATCHES:
            ahead.of(rows)
    assert array.read == [rows.tolist() for rows in BATCHES]
    assert all(name.startswith("read-ahead") for name in array.threads)
    ahead.of(BATCHES[-1])
    assert len(array.read) == len(BATCHES) + 1, "nothing is held after the last batch"


def test_a_batch_may_be_asked_for_again_and_in_halves_without_another_read():
    array = Reading()
    ahead = ReadAhead(array, CPU)
    with ahead.coming(BATCHES):
        for rows in BATCHES[:2]:
            for part in (rows, rows, *rows.tensor_split(2), *rows.tensor_split(2)):
                assert np.array_equal(ahead.of(part).numpy(), ROWS[part.numpy()])
        for rows in BATCHES[2:]:
            for part in rows.tensor_split(2):
                assert np.array_equal(ahead.of(part).numpy(), ROWS[part.numpy()])
    assert len(array.read) == len(BATCHES)


def test_rows_that_were_not_announced_are_right_too():
    ahead = ReadAhead(Reading(), CPU)
    other = torch.tensor([3, 3, 9])
    assert np.array_equal(ahead.of(other).numpy(), ROWS[other.numpy()])
    with ahead.coming([BATCHES[0], BATCHES[0], BATCHES[1]]):
        for rows in (other, BATCHES[0], BATCHES[0], other, BATCHES[1], BATCHES[2], other[:0]):
            assert np.array_equal(ahead.of(rows).numpy(), ROWS[rows.numpy()])


def test_what_cannot_be_read_is_an_error_at_its_batch_and_ends_the_thread():
    ahead = ReadAhead(Reading(bad=int(BATCHES[2][0])), CPU)
    with pytest.raises(DamagedArtifactError, match="cut short"), ahead.coming(BATCHES):  # noqa: PT012
        for number, rows in enumerate(BATCHES):
            reached = number
            ahead.of(rows)
    assert reached == 2
    assert not threads()


@pytest.mark.parametrize("stop", [StopRequested(15), KeyboardInterrupt(), torch.OutOfMemoryError("CUDA out of memory")])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_epoch_that_is_stopped_leaves_no_thread_and_nothing_to_the_next(stop, at):
    array = Reading()
    ahead = ReadAhead(array, CPU)
    sources = [(ahead, torch.arange(30)), (torch.from_numpy(ROWS), torch.arange(30))]
    with pytest.raises(type(stop)), reading_ahead(sources, BATCHES):  # noqa: PT012
        for number, rows in enumerate(BATCHES):
            if number == at:
                raise stop
            ahead.of(rows)
    assert not threads()
    array.read.clear()
    with reading_ahead(sources, BATCHES[::-1]):
        for rows in BATCHES[::-1]:
            assert np.array_equal(ahead.of(rows).numpy(), ROWS[rows.numpy()])
    assert array.read == [rows.tolist() for rows in BATCHES[::-1]]
    assert all(name.startswith("read-ahead") for name in array.threads)


class DataAhead(Data):
    """The small problem, its images read ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = ReadAhead(self.images, CPU)
        self.sources = [(self.ahead, torch.arange(60))]

    def batch(self, chosen, generator):
        return (self.ahead.of(chosen),), self.codes[chosen]


@pytest.mark.parametrize("network", [build, lambda: Small(forth=4, evaluated=5)])
def test_a_training_that_reads_ahead_is_the_same_to_the_bit(tmp_path, network):
    found = {}
    for kind, data in (("plain", Data()), ("ahead", DataAhead())):
        task = classification_task(data.batch, data.codes[:40], 2, True, CPU, getattr(data, "sources", ()))
        trained = network()
        history = fit(trained, task, torch.arange(40), torch.arange(40, 60), SETTINGS, tmp_path / kind, CPU)
        found[kind] = history, trained.state_dict(), logits_of(trained, data.batch, torch.arange(60), 2, 9, CPU)
    assert found["plain"][0].equals(found["ahead"][0])
    for key, value in found["plain"][1].items():
        assert torch.equal(value, found["ahead"][1][key]), key
    assert np.array_equal(found["plain"][2], found["ahead"][2])
    assert not threads()


SIGNALLED = """
import os, signal, sys, time
from pathlib import Path
import torch
from selcn.jobs.job import logged
from selcn.training.classification import classification_task
from selcn.training.fit import fit
from test_ahead import DataAhead
from toy_training import CPU, SETTINGS, build

class Stopped(DataAhead):
    asked = 0
    def batch(self, chosen, generator):
        self.asked += 1
        if self.asked == 11:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().batch(chosen, generator)

data, folder = Stopped(), Path(sys.argv[1])
task = classification_task(data.batch, data.codes[:40], 2, True, CPU, data.sources)
with logged(folder / "training.log"):
    fit(build(), task, torch.arange(40), torch.arange(40, 60), SETTINGS, folder / "progress.pt", CPU)
"""


def test_a_signal_ends_a_training_that_reads_ahead(tmp_path):
    places = [str(Path(__file__).parent), str(TESTS), str(TESTS.parent / "workflow_scripts")]
    code = f"import sys; sys.path[:0] = {places}\n{SIGNALLED}"
    environment = {"PATH": "/usr/bin:/bin", "SELCN_ALLOW_CPU": "1"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert result.returncode == 128 + 15, result.stderr
    assert "resumes after epoch 1" in (tmp_path / "training.log").read_text()
