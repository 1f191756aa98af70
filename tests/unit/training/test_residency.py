"""Arrays held on a GPU: the budget of a job, and copies block by block; torch's "meta" device stands in for the GPU."""

import numpy as np
import pytest
import torch

from selcn.storage.row_arrays import RowFile, ShardedArray
from selcn.training import residency
from selcn.training.ahead import ReadAhead
from selcn.training.residency import copied, resident

GPU = torch.device("meta")


class Card:
    """A GPU of 1,000 bytes, of which this job has allocated and cached some, and other programs take some."""

    total = 1000

    def __init__(self, monkeypatch, others: int = 0) -> None:
        self.others, self.allocated, self.cached, self.emptied = others, 0, 0, 0
        monkeypatch.delenv("SELCN_JOBS_PER_GPU", raising=False)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: self.allocated)
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: self.allocated + self.cached)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (self.free, self.total))
        monkeypatch.setattr(torch.cuda, "empty_cache", self.empty)

    @property
    def free(self) -> int:
        return self.total - self.others - self.allocated - self.cached

    def empty(self) -> None:
        self.emptied += 1

    def takes(self, size: int) -> bool:
        """Return whether an array of some bytes comes to lie on the GPU, where it then takes memory."""
        found = resident(np.zeros((size // 10, 10), np.uint8), GPU)
        assert found.shape == (size // 10, 10)
        on_gpu = not isinstance(found, ReadAhead)
        self.allocated += size * on_gpu
        return on_gpu


def test_all_arrays_of_a_job_share_one_budget(monkeypatch, caplog):
    caplog.set_level("INFO")
    card = Card(monkeypatch)
    assert card.takes(300)
    # 300 + 300 is over the half of the GPU, although 300 is less than half of what is free.
    assert not card.takes(300)
    said = "an array of 0.00 GB exceeds the job's share of GPU memory; reading its rows batch by batch"
    assert caplog.messages == [said]
    assert card.takes(200)


@pytest.mark.parametrize("jobs", [2, 4])
def test_jobs_that_share_a_gpu_have_equal_parts_of_it(monkeypatch, jobs):
    for others in range(jobs):
        # Those that came before fill their parts, with arrays and networks.
        card = Card(monkeypatch, others=others * Card.total // jobs)
        monkeypatch.setenv("SELCN_JOBS_PER_GPU", str(jobs))
        assert not card.takes(500 // jobs + 10)
        assert card.takes(500 // jobs // 10 * 10)


def test_blocks_that_torch_caches_count_as_free(monkeypatch):
    card = Card(monkeypatch)
    card.cached = 900
    assert card.takes(400)


def test_what_other_programs_take_does_not(monkeypatch):
    card = Card(monkeypatch, others=700)
    assert not card.takes(200)
    assert card.takes(150)


def test_an_array_that_does_not_fit_after_all_is_read_row_by_row_and_the_log_says_so(monkeypatch, caplog):
    card = Card(monkeypatch)

    def full(array, device):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(residency, "copied", full)
    array = np.arange(40, dtype=np.uint8).reshape(4, 10)
    found = resident(array, GPU)
    assert isinstance(found, ReadAhead)
    assert found.shape == (4, 10)
    assert card.emptied == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "out of GPU memory while copying an array of 0.00 GB to the GPU" in caplog.messages[0]
    assert "reading its rows batch by batch" in caplog.messages[0]


@pytest.fixture
def arrays(tmp_path) -> dict[str, object]:
    """Return the same 23 rows as a file, as two files, and in memory."""
    rows = np.random.default_rng(0).integers(0, 256, (23, 4, 5, 3), dtype=np.uint8)
    ids = [f"i{k}" for k in range(23)]
    for name, part in (("whole", rows), ("a", rows[::2]), ("b", rows[1::2])):
        np.save(tmp_path / f"{name}.npy", part)
    parts, numbers = np.arange(23) % 2, np.arange(23) // 2
    sharded = ShardedArray.of_rows([tmp_path / "a.npy", tmp_path / "b.npy"], [12, 11], parts, numbers)
    assert len(ids) == len(sharded)
    return {"file": RowFile(tmp_path / "whole.npy"), "shards": sharded, "memory": torch.from_numpy(rows)}


@pytest.mark.parametrize("kind", ["file", "shards", "memory"])
@pytest.mark.parametrize("block", [1, 60, 300, 10**6])
def test_a_copy_is_the_array_and_is_read_in_blocks(arrays, monkeypatch, kind, block):
    asked = []

    def read(array, rows):
        asked.append(len(rows))
        return original(array, rows)

    original = residency.read
    monkeypatch.setattr(residency, "read", read)
    monkeypatch.setattr(residency, "BLOCK", block)
    assert torch.equal(copied(arrays[kind], torch.device("cpu")), arrays["memory"])
    assert max(asked) == min(23, max(1, block // 60))
    assert sum(asked) == 23


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_an_array_without_rows_is_copied_too(tmp_path, kind):
    rows = np.zeros((0, 4), np.float16)
    np.save(tmp_path / "a.npy", rows)
    copy = copied(RowFile(tmp_path / "a.npy") if kind == "file" else torch.from_numpy(rows), torch.device("cpu"))
    assert copy.shape == (0, 4)
    assert copy.dtype == torch.float16
