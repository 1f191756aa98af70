"""A bundle's predict.py as its users run it, compared with the library."""

import csv
import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from drawn_inputs import picture
from random_bundle import CLASSES, SIZE, write_onnx_bundle
from selcn.design.terms import RESEARCH_USE
from selcn.prediction.bundle import write_checksums
from selcn.prediction.cascade import Cascade
from selcn.prediction.files import ImageFile
from selcn.prediction.onnx import predict
from selcn.prediction.result import KnownImage
from selcn.prediction.rows import row_of, schema_of
from selcn.storage.artifacts import write_json
from selcn.storage.shards import shard_of

# Of the library alone.
LIBRARY = ["name", "width", "height", "notes", "hair_share", "segmentation_fold", "symmetry_fold"]
KNOWN_COLUMNS = ["known", "known_image", "trained_on"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The folder of a bundle that does not know its study's images."""
    return write_onnx_bundle(tmp_path_factory.mktemp("script") / "bundle", "cls-lae_sym-seg")


@pytest.fixture(scope="module")
def library(bundle):
    return Cascade.load(bundle, "cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Image files of which one has a hash sign in its name, and one is no image."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / name for name in ("one.png", "no. #2 grey.jpg", "text.jpg")]
    for number, path in enumerate(paths[:2]):
        image = cv2.GaussianBlur(picture(number, 90), (0, 0), 4)
        cv2.imwrite(str(path), image[..., 0] if number else image)
    paths[2].write_text("no image")
    return paths


@pytest.fixture(scope="module")
def ran(bundle, files, tmp_path_factory):
    """What predict.py did, run as a user does."""
    out = tmp_path_factory.mktemp("out")
    command = [sys.executable, bundle / "predict.py", *files, "--out", out / "table.csv", "--pictures", out / "seen"]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True), out


@pytest.fixture
def copied(bundle, tmp_path):
    """A copy of the bundle that may be damaged."""
    subprocess.run(["cp", "-a", bundle, tmp_path / "copy"], check=True)
    return tmp_path / "copy"


@pytest.fixture
def run(monkeypatch):
    """Run the script of a bundle in this process, and return its exit status or message."""

    def run(bundle, *arguments):
        monkeypatch.setattr(predict, "__file__", str(bundle / "predict.py"))
        monkeypatch.setattr(sys, "argv", ["predict.py", *map(str, arguments)])
        try:
            predict.main()
        except SystemExit as stopped:
            return stopped.code
        return 0

    return run


def expected_rows(library, paths, known=None):
    """Return the library's rows of files, as the study knows them."""
    prepared = [replace(library.prepare(path), known=known) for path in paths]
    found = zip(paths, library.predict_prepared(prepared), strict=True)
    told = library.bundle.metadata
    return [row_of(ImageFile(str(path), ""), (0, 0), (), each, told) for path, each in found]


def check_row(found, expected):
    """Compare a row of the script with the library's."""
    for name, value in found.items():
        if isinstance(expected[name], float):
            np.testing.assert_allclose(float(value), expected[name], rtol=1e-4, atol=1e-4, err_msg=name)
        else:
            assert value == ("" if expected[name] is None else str(expected[name])), name


def rows_in(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_the_table_is_the_librarys(ran, library, files):
    rows = rows_in(ran[1] / "table.csv")
    wanted = [name for name in schema_of(CLASSES).names if name not in LIBRARY + KNOWN_COLUMNS]
    assert [list(row) for row in rows] == [wanted] * 2
    for found, expected in zip(rows, expected_rows(library, files[:2]), strict=True):
        check_row(found, expected)


def test_the_script_names_what_it_leaves_out_and_its_terms(ran):
    done, out = ran
    assert done.returncode == 0
    assert "text.jpg: left out, not an image" in done.stderr
    assert done.stdout.startswith(RESEARCH_USE)
    with open(out / "table.csv") as file:
        assert next(file) == f"# {RESEARCH_USE}\n"


def test_without_a_list_of_the_studys_images_it_says_that_nothing_is_checked(ran):
    done, out = ran
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"{out / 'table.csv'}: 2 predicted, 1 left out. Not checked whether the study has")
    assert last.partition("left out. ")[2] in (out / "table.csv").read_text().splitlines()[1]


def test_a_file_of_the_study_is_known_and_served_by_its_folds(copied, library, files, run, tmp_path, capsys):
    sha256 = hashlib.sha256(files[0].read_bytes()).hexdigest()
    # Not the fold that the hash would choose.
    fold = 1 - shard_of(sha256, 2)
    known = KnownImage("ISIC_1", "ham10000", "same", True, fold, fold)
    told = {"image": "ham10000/ISIC_1", "trained_on": True, "segmentation_fold": fold, "symmetry_fold": fold}
    write_json({sha256: told}, copied / "known.json")
    write_checksums(copied)
    assert run(copied, *files[:2], "--out", tmp_path / "table.csv") == 0
    rows = rows_in(tmp_path / "table.csv")
    assert list(rows[0]) == [name for name in schema_of(CLASSES).names if name not in LIBRARY]
    check_row(rows[0], expected_rows(library, files[:1], known)[0])
    check_row(rows[1], expected_rows(library, files[1:2])[0] | {"trained_on": None})
    assert [row["known"] for row in rows] == ["same", ""]
    # A copy of an image that was trained on is not recognised.
    assert [row["trained_on"] for row in rows] == ["True", ""]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(
        "1 known to the study by their files. Copies and other images of its lesions: only selcn predict finds them."
    )


@pytest.mark.parametrize("name", ["metadata.json", "hair_mask.py", "onnx/lesion.onnx", "SHA256SUMS"])
def test_a_missing_file_of_the_bundle_is_named(copied, files, run, tmp_path, name):
    (copied / name).unlink()
    text = f"{copied / name}: No such file or directory; copy the whole folder of the bundle"
    assert run(copied, files[0], "--out", tmp_path / "table.csv") == text


@pytest.mark.parametrize("name", ["metadata.json", "onnx/segmentation-1.onnx"])
def test_a_truncated_file_of_the_bundle_is_named(copied, files, run, tmp_path, name):
    os.truncate(copied / name, 100)
    text = f"{copied / name}: damaged, its SHA-256 is not that of SHA256SUMS; copy the bundle again"
    assert run(copied, files[0], "--out", tmp_path / "table.csv") == text
    assert not (tmp_path / "table.csv").exists()


def test_weights_and_page_may_be_missing(copied, files, run, tmp_path):
    (copied / "weights/symmetry-0.safetensors").unlink()
    assert run(copied, files[0], "--out", tmp_path / "table.csv") == 0


def test_a_table_that_cannot_be_written_is_refused_before_the_work(bundle, files, run, tmp_path, capsys):
    for out in (tmp_path / "missing/table.csv", tmp_path):
        assert run(bundle, files[0], "--out", out) == 2
        assert f"--out {out}: expected a file, in a folder that exists" in capsys.readouterr().err


def test_a_folder_in_place_of_images_and_a_file_in_place_of_a_folder_are_refused(bundle, files, run, tmp_path, capsys):
    assert run(bundle, tmp_path, "--out", tmp_path / "table.csv") == 2
    assert f"{tmp_path}: is a folder; give its images, as in {tmp_path}/*.jpg" in capsys.readouterr().err
    assert run(bundle, files[0], "--out", tmp_path / "table.csv", "--pictures", files[0]) == 2
    assert f"--pictures {files[0]}: is a file; expected a folder" in capsys.readouterr().err
    assert not (tmp_path / "table.csv").exists()


def test_without_any_prediction_nothing_is_overwritten(bundle, files, run, tmp_path):
    out = tmp_path / "table.csv"
    out.write_text("of before")
    assert run(bundle, files[2], tmp_path / "none.jpg", "--out", out) == f"no image was predicted; {out} is not written"
    assert out.read_text() == "of before"


def test_pictures_are_named_by_the_file_s_hash(ran, files, library):
    _, out = ran
    expected = library.predict(files[:1])[0]
    stem = hashlib.sha256(files[0].read_bytes()).hexdigest()[:16]
    mask = cv2.imread(str(out / f"seen/{stem}-mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (SIZE, SIZE)
    assert ((mask > 0) != expected.mask).mean() < 1e-3
    for kind in ("symmetry_cam", "lesion_cam"):
        assert cv2.imread(str(out / f"seen/{stem}-{kind}.png"), cv2.IMREAD_UNCHANGED).shape == (SIZE, SIZE)


def test_images_are_prepared_as_in_the_library(bundle, library, files):
    script = predict.Cascade(bundle)
    for path in files[:2]:
        np.testing.assert_array_equal(script.prepare(path.read_bytes()), library.preparation.prepare(path).packed)


def test_without_opencv_the_script_says_what_it_lacks(bundle, files, tmp_path):
    (tmp_path / "cv2.py").write_text("raise ImportError('blocked')")
    command = [sys.executable, bundle / "predict.py", files[0], "--out", tmp_path / "table.csv"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "opencv-python-headless is missing: no hair is removed" in done.stdout
    assert len(pd.read_csv(tmp_path / "table.csv", comment="#")) == 1
