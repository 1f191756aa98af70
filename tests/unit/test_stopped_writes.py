"""A write that finds no room: the final name is absent or holds what it held, and the error says why and where."""

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

from selcn.artifacts import (
    NO_SPACE,
    NoSpaceError,
    create_array,
    replacing,
    write_array,
    write_json,
    write_table,
)
from selcn.demo.folder import DemoFolder
from selcn.demo.settings import DemoSettings
from selcn.training.fit import Progress, save_progress
from selcn.training.models import write_model
from tiny_disk import mounted

NOISE = np.random.default_rng(0).integers(0, 256, (600, 600), dtype=np.uint8)
NETWORK = nn.Linear(600, 600)


def save_safetensors(path: Path) -> None:
    with replacing(path) as temporary:
        save_file(NETWORK.state_dict(), temporary)


def save_figure(path: Path) -> None:
    figure = Figure(figsize=(6, 6), dpi=100)
    figure.figimage(NOISE)
    with replacing(path) as temporary:
        figure.savefig(temporary)


def fill_array(path: Path) -> None:
    with replacing(path) as temporary:
        create_array(NOISE.shape, temporary)[:] = NOISE


WRITERS = {
    "table.parquet": lambda path: write_table(pd.DataFrame({"x": NOISE.ravel()}), path),
    "array.npy": lambda path: write_array(NOISE, path),
    "mapped.npy": fill_array,
    "value.json": lambda path: write_json(NOISE.tolist(), path),
    "progress.pt": lambda path: save_progress(Progress(1, 0, 0.0, NETWORK.state_dict(), {}, {}, []), path),
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
        pytest.raises(NoSpaceError, match=rf"{name}: a file may not be so large here .*; make room"),
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
    sentence = f"{tmp_path}/a.json: {NO_SPACE[number]}; make room there and run the same command again"
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
    with pytest.raises(NoSpaceError, match=rf"{name}: the disk is full; make room"):
        WRITERS[name](path)
    assert list(tiny_disk.iterdir()) == [path]
    assert path.read_bytes() == b"what was there"


def test_equal_weights_are_equal_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_model(NETWORK, pd.DataFrame({"epoch": [1]}), tmp_path / name)
    assert (tmp_path / "a/best.pt").read_bytes() == (tmp_path / "b/best.pt").read_bytes()
    assert torch.equal(torch.load(tmp_path / "a/best.pt", weights_only=True)["weight"], NETWORK.weight)
