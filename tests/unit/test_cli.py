"""The command `selcn predict`: where results go, what is refused, and what it says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from fake_cascade import TOLD, FakeCascade
from selcn.cli import app
from selcn.design.terms import RESEARCH_USE
from selcn.prediction.bundle import write_checksums
from selcn.prediction.cascade import Cascade
from selcn.storage.artifacts import write_json


@pytest.fixture
def images(tmp_path) -> Path:
    folder = tmp_path / "my images"
    folder.mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(folder / "a.png")
    (folder / "b.txt").write_text("hello")
    return folder


@pytest.fixture
def run(monkeypatch, caplog):
    """Run the command with a cascade without networks; return its exit code, its output and log."""

    def of(bundle, device=None):
        return FakeCascade(bundle)

    def run(*arguments: object) -> tuple[int, str]:
        with caplog.at_level("INFO"):
            result = CliRunner().invoke(app, ["predict", *map(str, arguments)], env={"COLUMNS": "200"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output + caplog.text

    monkeypatch.setattr(Cascade, "of", of)
    return run


def bundle(folder: Path, **changes) -> Path:
    write_json(TOLD | changes, folder / "metadata.json")
    write_checksums(folder)
    return folder


def test_one_bundle_writes_into_the_folder_itself(images, run, tmp_path):
    code, said = run(images, "--bundle", bundle(tmp_path / "b"), "--out", tmp_path / "out", "--threads", 1)
    assert code == 0
    assert "1 predicted, 1 rejected" in said
    assert RESEARCH_USE in said
    assert pd.read_csv(tmp_path / "out/predictions.csv")["image"].tolist() == ["a.png"]
    assert pd.read_csv(tmp_path / "out/rejected.csv")["image"].tolist() == ["b.txt"]
    assert "Predictions of my images" in (tmp_path / "out/index.html").read_text()


def test_several_bundles_have_a_folder_each(images, run, tmp_path):
    seg = bundle(tmp_path / "s", cell="cls-seg_sym-off")
    leakfree, thesis = bundle(tmp_path / "l"), bundle(tmp_path / "t", protocol="thesis")
    named = [option for each in (seg, leakfree, thesis) for option in ("--bundle", each)]
    assert run(images, *named, "--out", tmp_path / "out")[0] == 0
    folders = {path.parent.name for path in (tmp_path / "out").glob("*/predictions.parquet")}
    assert folders == {"cls-seg_sym-off", "cls-none_sym-off-leakfree", "cls-none_sym-off-thesis"}


def test_a_second_run_predicts_nothing_and_leaves_its_own_pictures_out(images, run, tmp_path):
    arguments = (images, "--bundle", bundle(tmp_path / "b"), "--out", images / "out")
    run(*arguments)
    code, said = run(*arguments)
    assert code == 0
    assert "1 of 2 files were predicted before" in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folder": "nowhere"}, "no such folder; expected a folder of images"),
        ({"bundle": "nowhere"}, "expected the folder of a bundle"),
        ({"out": "my images"}, "is the folder of images; name another for the results"),
    ],
)
def test_what_is_missing_or_wrong_is_said(images, run, tmp_path, change, message):
    bundle(tmp_path / "b")
    given = {"folder": "my images", "bundle": "b", "out": "out"} | change
    code, said = run(
        tmp_path / given["folder"], "--bundle", tmp_path / given["bundle"], "--out", tmp_path / given["out"]
    )
    assert code != 0
    assert message in " ".join(said.replace("│", " ").split())
    assert "Traceback" not in said


def test_a_bundle_twice_is_refused(images, run, tmp_path):
    named = [option for name in ("b", "c") for option in ("--bundle", bundle(tmp_path / name))]
    code, said = run(images, *named, "--out", tmp_path / "out")
    assert code != 0
    assert "two bundles are cls-none_sym-off-leakfree" in said
