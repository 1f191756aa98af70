"""The command `selcn predict`: where results go, what is refused, and what it says."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from fake_cascade import TOLD, FakeCascade
from selcn.cli import app
from selcn.design.terms import RESEARCH_USE
from selcn.prediction.bundle import write_checksums
from selcn.prediction.cascade import Cascade
from selcn.storage.artifacts import write_json
from studies import PROJECT


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
        ({"folder": "my images/b.txt"}, "b.txt: a file; expected a folder of images"),
        ({"bundle": "nowhere"}, "expected the folder of a bundle"),
        ({"folder": "empty"}, "found no files in it or its sub-folders; expected images"),
        ({"out": "my images"}, "is the folder of images; name another for the results"),
        ({"out": "my images/b.txt"}, "b.txt is a file; name a folder for the results"),
        ({"out": "my images/b.txt/out"}, "(Not a directory); name another folder, or correct its permissions"),
    ],
)
def test_what_is_missing_or_wrong_is_said(images, run, tmp_path, change, message):
    bundle(tmp_path / "b")
    (tmp_path / "empty/.hidden").mkdir(parents=True)
    (tmp_path / "empty/.hidden/a.png").write_bytes(b"1")
    given = {"folder": "my images", "bundle": "b", "out": "out"} | change
    code, said = run(
        tmp_path / given["folder"], "--bundle", tmp_path / given["bundle"], "--out", tmp_path / given["out"]
    )
    assert code != 0
    assert message in " ".join(said.replace("│", " ").split())
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_where_nothing_can_be_written_nothing_is_predicted(images, run, tmp_path, monkeypatch):
    # Root can write everywhere.
    def refused(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr("selcn.cli.TemporaryFile", refused)
    code, said = run(images, "--bundle", bundle(tmp_path / "b"), "--out", tmp_path / "out")
    assert code == 2
    assert "(Permission denied); name another folder" in " ".join(said.replace("│", " ").split())
    assert "1 predicted" not in said


def test_where_all_files_are_rejected_they_are_listed_and_the_run_fails(images, run, tmp_path):
    (images / "a.png").unlink()
    code, said = run(images, "--bundle", bundle(tmp_path / "b"), "--out", tmp_path / "out")
    assert code == 1
    assert "none of 1 files could be predicted; rejected.csv says why" in said
    assert pd.read_csv(tmp_path / "out/rejected.csv")["image"].tolist() == ["b.txt"]
    assert (tmp_path / "out/index.html").is_file()


def test_pictures_of_images_that_are_gone_are_removed(images, run, tmp_path):
    arguments = (images, "--bundle", bundle(tmp_path / "b"), "--out", tmp_path / "out")
    run(*arguments)
    (images / "a.png").rename(images / "c.png")
    code, said = run(*arguments)
    assert code == 0
    assert "removed pictures of images that are no longer predicted: 1" in said
    names = pd.read_csv(tmp_path / "out/predictions.csv")["name"].tolist()
    assert {path.stem for path in (tmp_path / "out").glob("*s/*.*")} == set(names)


def test_ctrl_c_keeps_finished_images_and_says_so(images, tmp_path):
    """The signal comes while the eighth batch is predicted, as from a terminal."""
    for number in range(9):
        Image.new("RGB", (40, 40), (90 + number, 60, 50)).save(images / f"{number}.png")
    options = {"--bundle": bundle(tmp_path / "b"), "--out": tmp_path / "out", "--batch-size": 1, "--threads": 1}
    arguments = ["predict", images, *(text for option in options.items() for text in option)]
    code = f"""
import signal, sys
sys.argv = {["selcn", *map(str, arguments)]!r}
from fake_cascade import FakeCascade
from selcn.cli import app
from selcn.prediction.cascade import Cascade
class Interrupted(FakeCascade):
    def predict_prepared(self, batch):
        if len(self.seen) == 7:
            signal.raise_signal(signal.SIGINT)
        return super().predict_prepared(batch)
Cascade.of = lambda bundle, device=None: Interrupted(bundle)
app()
"""
    path = os.pathsep.join([str(PROJECT / "workflow_scripts"), str(PROJECT / "tests")])
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, timeout=120
    )
    assert result.returncode == 130
    assert result.stderr.endswith("selcn: interrupted; finished images are kept, and the same command resumes\n")
    assert "Traceback" not in result.stderr
    kept = pa.concat_tables(map(pq.read_table, (tmp_path / "out/.selcn-work").rglob("*.parquet")))
    assert 1 <= len(kept) <= 7


def test_a_bundle_twice_is_refused(images, run, tmp_path):
    named = [option for name in ("b", "c") for option in ("--bundle", bundle(tmp_path / name))]
    code, said = run(images, *named, "--out", tmp_path / "out")
    assert code != 0
    assert "two bundles are cls-none_sym-off-leakfree" in said
