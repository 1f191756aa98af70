"""Writes without space: the final file is absent or unchanged, and the error names the file and the cause."""

import errno
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from safetensors.torch import save_file
from torch import nn

from selcn.demo.folder import DemoFolder
from selcn.demo.settings import DemoSettings
from selcn.jobs.resumable import link
from selcn.storage.artifacts import (
    NO_SPACE,
    NoSpaceError,
    replacing,
    write_json,
    write_table,
)
from selcn.storage.ledger import Ledger
from selcn.storage.row_arrays import writing_rows
from selcn.training.models import write_model
from selcn.training.progress import Progress, ProgressFile
from tiny_disk import mounted

NOISE = np.random.default_rng(0).integers(0, 256, (600, 600), dtype=np.uint8)
NETWORK = nn.Linear(600, 600)
PROGRESS = Progress(1, best=NETWORK.state_dict(), network=NETWORK.state_dict())


def save_safetensors(path: Path) -> None:
    with replacing(path) as temporary:
        save_file(NETWORK.state_dict(), temporary)


def save_figure(path: Path) -> None:
    figure = Figure(figsize=(6, 6), dpi=100)
    figure.figimage(NOISE)
    with replacing(path) as temporary:
        figure.savefig(temporary)


def write_rows(path: Path) -> None:
    with writing_rows(path, len(NOISE), NOISE.shape[1:], np.uint8) as append:
        for row in NOISE:
            append(row)


def save_array(path: Path) -> None:
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.save(file, NOISE)


WRITERS = {
    "table.parquet": lambda path: write_table(pd.DataFrame({"x": NOISE.ravel()}), path),
    "array.npy": save_array,
    "rows.npy": write_rows,
    "value.json": lambda path: write_json(NOISE.tolist(), path),
    "progress.pt": lambda path: ProgressFile(path).save(PROGRESS),
    "best.pt": lambda path: write_model(NETWORK, pd.DataFrame({"epoch": [1]}), path.parent),
    "weights.safetensors": save_safetensors,
    "figure.png": save_figure,
    "image.png": lambda path: DemoFolder(path.parent, DemoSettings()).write_image(NOISE, path.name),
    "image.jpg": lambda path: DemoFolder(path.parent, DemoSettings()).write_image(NOISE, path.name),
}


@contextmanager
def files_up_to(size: int):
    """Let no file of this process grow beyond a number of bytes, as a quota would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("old", [None, b"what was there"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_write_stopped_in_the_middle_leaves_what_was_there(tmp_path, name, old):
    path = tmp_path / name
    if old is not None:
        path.write_bytes(old)
    with (
        files_up_to(50_000),
        pytest.raises(NoSpaceError, match=rf"{name}: the file exceeds the size limit .*; free space"),
    ):
        WRITERS[name](path)
    assert list(tmp_path.iterdir()) == ([] if old is None else [path])
    assert old is None or path.read_bytes() == old
    WRITERS[name](path)
    assert path.stat().st_size > 50_000


@pytest.mark.parametrize("number", sorted(NO_SPACE))
def test_a_lack_of_space_is_told_in_a_sentence_with_the_file(tmp_path, number):
    def refused():
        with replacing(tmp_path / "a.json"):
            raise OSError(number, os.strerror(number))

    with pytest.raises(NoSpaceError) as caught:
        refused()
    sentence = f"{tmp_path}/a.json: {NO_SPACE[number]}; free space or raise the limit, then run the same command again"
    assert str(caught.value) == sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), ValueError("no number"), KeyError("x")])
def test_other_errors_stay_what_they_are(tmp_path, error):
    def failing():
        with replacing(tmp_path / "a.json"):
            raise error

    with pytest.raises(type(error)) as caught:
        failing()
    assert caught.value is error
    assert not list(tmp_path.iterdir())


@pytest.fixture
def tiny_disk(tmp_path):
    try:
        with mounted(tmp_path / "disk", size_kb=100) as disk:
            yield disk
    except PermissionError as error:
        pytest.skip(f"no file system can be mounted here: {error}")


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_what_was_there(tiny_disk, name):
    path = tiny_disk / name
    path.write_bytes(b"what was there")
    with pytest.raises(NoSpaceError, match=rf"{name}: the disk is full; free space"):
        WRITERS[name](path)
    assert list(tiny_disk.iterdir()) == [path]
    assert path.read_bytes() == b"what was there"


def test_an_image_s_line_that_finds_no_room_is_passed_over_later(tmp_path):
    path = tmp_path / "cleaned.jsonl"
    ledger = Ledger(path)
    ledger.add({"image_id": "a"})
    with files_up_to(10_000), pytest.raises(NoSpaceError, match=r"cleaned\.jsonl: the file exceeds the size limit"):
        ledger.add({"image_id": "x" * 20_000})
    assert path.stat().st_size > 40
    assert Ledger(path).rows() == [{"image_id": "a"}]


def test_finished_work_with_two_names_is_not_touched_when_it_cannot_be_handed_over(tmp_path):
    source, target = tmp_path / "outputs.npy", tmp_path / "declared.npy"
    source.write_bytes(b"finished")
    (target / "in the way").mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        link(source, target)
    assert source.read_bytes() == b"finished"


def test_equal_weights_are_equal_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_model(NETWORK, pd.DataFrame({"epoch": [1]}), tmp_path / name)
    assert (tmp_path / "a/best.pt").read_bytes() == (tmp_path / "b/best.pt").read_bytes()
    assert torch.equal(torch.load(tmp_path / "a/best.pt", weights_only=True)["weight"], NETWORK.weight)
