"""Predictions shared without images and weights, and studies that start from them."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from selcn.jobs.resumable import ResumableWork
from selcn.jobs.shared import ShareError, export, results_of, start
from selcn.storage.artifacts import read_arrow, write_json, write_table
from selcn.storage.cam_table import write_cams
from selcn.storage.checksums import record, require
from studies import PROJECT

FOLD = "leakfree/lesion/ham10000/cls-none_sym-off/seed-42/fold-{}"
CAMS = "leakfree/cams/ham10000/zeros/cams.parquet"
# Files of fold 0, whose job is done.
SHARED = [f"{FOLD.format(0)}/{name}" for name in ("history.csv", "training_ids.parquet", "environment.json")]
SHARED += [f"{FOLD.format(0)}/predictions/{name}.parquet" for name in ("isic2019", "test", "validation")]
SHARED += ["leakfree/splits/ham10000.parquet", "leakfree/masks/ham10000/manifest.parquet", "lesions/groups.parquet"]
KEPT = [f"{FOLD.format(0)}/best.pt", "packed/ham10000/shard-0/images.npy", "data/ham10000/index.parquet"]
KEPT += ["leakfree/masks/ham10000/shard-0/manifest.parquet", "weights/resnet34.safetensors"]


def ids(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"image_id": names})


@pytest.fixture
def study(tmp_path) -> Path:
    """A study of one cell: fold 0 is in results/, fold 1 finished in work/ and fold 2 under way."""
    results = tmp_path / "study/results"
    for name in (*SHARED, *KEPT):
        path = results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(ids(name), path) if path.suffix == ".parquet" else path.write_text(name)
        record(path)
    frame = pd.DataFrame({"image_id": ["a", "b"], "variant": "original", "predicted": "nv", "empty": True, "fold": 0})
    write_cams(frame, np.zeros((2, 3, 3), np.float16), results / CAMS)
    record(results / CAMS)
    for fold, ends in ((1, ["former", "present"]), (2, [])):
        for number, end in enumerate(ends or ["under way"]):
            work = ResumableWork(tmp_path / "study/work/train_lesion_ham10000" / FOLD.format(fold) / f"{number:016x}")
            for name in ("validation.parquet", "test.parquet", "training_ids.parquet"):
                write_table(ids(end), work.outputs / name)
            for name in ("history.csv", "best.pt"):
                (work.outputs / name).write_text(end)
            if ends:
                work.finish()
                os.utime(work.folder / "finished.json", (number, number))
    return tmp_path / "study"


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_share_has_predictions_of_all_finished_folds_and_neither_images_nor_weights(study, tmp_path):
    said = export(study, tmp_path / "share")
    first = [f"{FOLD.format(1)}/{name}" for name in ("history.csv", "training_ids.parquet", "environment.json")]
    first += [f"{FOLD.format(1)}/predictions/{name}.parquet" for name in ("test", "validation")]
    assert files_in(tmp_path / "share") == {*SHARED, *first, CAMS, "SHA256SUMS"}
    assert f"{len(SHARED) + len(first) + 1} files" in said
    assert "of 2 trainings" in said
    assert (tmp_path / "share" / FOLD.format(1) / "history.csv").read_text() == "present"
    name = SHARED[-1]
    assert (tmp_path / "share" / name).read_bytes() == (study / "results" / name).read_bytes()


def test_cam_tables_are_shared_without_their_maps(study, tmp_path):
    export(study, tmp_path / "share")
    table = read_arrow(tmp_path / "share" / CAMS)
    assert table.column_names == ["image_id", "variant", "predicted", "empty", "fold"]
    assert table["image_id"].to_pylist() == ["a", "b"]


def test_sha256sum_checks_a_share(study, tmp_path):
    export(study, tmp_path / "share")
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path / "share", capture_output=True).returncode == 0


def test_a_later_export_has_what_is_there_then(study, tmp_path):
    export(study, tmp_path / "share")
    (study / "results" / SHARED[0]).unlink()
    (study / "results" / SHARED[1]).write_bytes(b"new")
    export(study, tmp_path / "share")
    assert not (tmp_path / "share" / SHARED[0]).exists()
    assert (tmp_path / "share" / SHARED[1]).read_bytes() == b"new"
    sums = (tmp_path / "share/SHA256SUMS").read_text()
    assert SHARED[0] not in sums
    assert f"{hashlib.sha256(b'new').hexdigest()}  {SHARED[1]}\n" in sums


def test_a_study_starts_with_the_shared_files_verified_and_of_one_age(study, tmp_path):
    export(study, tmp_path / "share")
    assert "files of results" in start(tmp_path / "share", tmp_path / "theirs")
    shared = files_in(tmp_path / "share") - {"SHA256SUMS"}
    results = tmp_path / "theirs/results"
    assert {path for path in files_in(results) if ".sha256" not in path} == shared
    assert {(results / path).read_bytes() for path in shared} == {
        (tmp_path / "share" / path).read_bytes() for path in shared
    }
    assert len({(results / path).stat().st_mtime_ns for path in shared}) == 1
    for path in shared:
        if not path.endswith("environment.json"):
            require(results / path)
    # Whoever looks for these records by their name finds no checksums.
    assert not [path for path in results.rglob("environment.json") if path.parent.name == ".sha256"]


def test_nothing_starts_from_a_damaged_share_or_over_other_results(study, tmp_path):
    share = tmp_path / "share"
    export(study, share)
    with pytest.raises(ShareError, match="is there already; name a new folder"):
        start(share, study)
    content = (share / SHARED[0]).read_bytes()
    (share / SHARED[0]).write_bytes(content + b" ")
    with pytest.raises(ShareError, match=r"history\.csv: missing, or other than SHA256SUMS says"):
        start(share, tmp_path / "theirs")
    assert not (tmp_path / "theirs").exists()
    with pytest.raises(ShareError, match="no SHA256SUMS; name the folder of a share"):
        start(tmp_path, tmp_path / "theirs")


@pytest.mark.parametrize("path", ["../stolen.csv", "/etc/passwd", "a/../../b"])
def test_a_list_that_leads_out_of_the_share_is_refused(tmp_path, path):
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  {path}\n")
    with pytest.raises(ShareError, match="is no line of sha256sum with a path below the folder"):
        start(tmp_path, tmp_path / "theirs")


def test_a_folder_of_something_else_is_neither_exported_nor_written_to(study, tmp_path):
    with pytest.raises(ShareError, match="no predictions in it"):
        export(tmp_path, tmp_path / "share")
    other = tmp_path / "other"
    write_json({}, other / "mine.json")
    with pytest.raises(ShareError, match=r"has files, but no SHA256SUMS"):
        export(study, other)
    assert files_in(other) == {"mine.json"}


def test_a_share_has_every_input_of_the_rules_that_its_profile_allows(tmp_path):
    command = [sys.executable, PROJECT / "tests/shared_inputs.py", tmp_path]
    rules = json.loads(subprocess.run(command, capture_output=True, check=True, text=True, cwd=PROJECT).stdout)
    inputs = {path for path in rules["inputs"] if path.startswith("results/")}
    for path in inputs:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    shared = {f"results/{path}" for path, _ in results_of(tmp_path / "results")}
    assert len(inputs) > 500
    assert inputs - shared <= set(rules["outputs"])
