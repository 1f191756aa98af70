"""Predictions of a folder: rows, pictures, and what a later run does anew."""

import csv
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from fake_cascade import CLASSES, SIZE, TEMPERATURE, FakeCascade, fake_bundle, prediction_of
from jobs import run_script
from selcn.prediction import folder as folder_module
from selcn.prediction.files import list_images
from selcn.prediction.folder import FolderSettings, Places, predict_folder
from selcn.prediction.parts import Parts
from selcn.prediction.pictures import PICTURES, overlay, places_of, remove_former_pictures
from selcn.prediction.result import KnownImage
from selcn.prediction.rows import schema_of, write_tables
from selcn.report.figures.style import overlay as figures_overlay
from selcn.storage.artifacts import DamagedArtifactError, read_arrow, sha256_of, write_table
from selcn.workflow.inputs.predict import TABLES


@pytest.fixture
def images(tmp_path) -> Path:
    """Ten images, of which the last is rejected."""
    folder = tmp_path / "images"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(9):
        shade = rng.integers(20, 230, 3)
        pixels = np.clip(shade + rng.integers(-9, 9, (48, 64, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"image {number}.png")
    (folder / "text.jpg").write_bytes(b"hello")
    return folder


@pytest.fixture
def cascade(tmp_path) -> FakeCascade:
    return FakeCascade(fake_bundle(tmp_path / "bundle"))


def predict(cascade: FakeCascade, images: Path, out: Path, code: str = "", **settings) -> tuple[pa.Table, pa.Table]:
    places = Places(out, out / "work")
    return predict_folder(cascade, images, list_images(images), places, FolderSettings(**settings), code)


def test_a_row_is_what_the_cascade_says(images, cascade, tmp_path):
    digest = sha256_of(images / "image 3.png")
    cascade.known[digest] = KnownImage("ISIC_1", "ham10000", "copy", True, 1, 0)
    predictions, rejected = predict(cascade, images, tmp_path / "out", batch_size=4)
    row = predictions.to_pylist()[3]
    packed = cascade.preparation.prepare(images / "image 3.png").packed
    expected = prediction_of(packed)
    # A temperature divides the logits: probabilities to the power of its inverse, normalised.
    scaled = expected.networks.astype(float) ** (1 / TEMPERATURE)
    scaled /= scaled.sum(axis=1, keepdims=True)
    assert row["image"] == "image 3.png"
    assert (row["width"], row["height"]) == (64, 48)
    assert row["sha256"] == digest
    assert row["predicted"] == CLASSES[int(np.argmax(expected.probabilities))]
    assert [row[f"prob_{label}"] for label in CLASSES] == pytest.approx(expected.probabilities.tolist())
    assert [row[f"prob_{label}_low"] for label in CLASSES] == pytest.approx(scaled.min(axis=0).tolist(), abs=1e-6)
    assert [row[f"prob_{label}_high"] for label in CLASSES] == pytest.approx(scaled.max(axis=0).tolist(), abs=1e-6)
    assert (row["symmetry"], row["symmetry_prob"]) == ("symmetric", 0.75)
    assert row["lesion_found"] is True
    assert row["area_share"] == (SIZE // 4) ** 2 / SIZE**2
    assert [row[edge] for edge in ("x0", "y0", "x1", "y1")] == [6, 6, 18, 18]
    assert (row["segmentation_fold"], row["symmetry_fold"]) == (1, 0)
    assert (row["known"], row["known_image"], row["trained_on"]) == ("copy", "ham10000/ISIC_1", True)
    assert predictions["known"].null_count == 8
    assert rejected.to_pylist()[0]["image"] == "text.jpg"


def test_images_are_predicted_in_batches_and_rows_are_in_order(images, cascade, tmp_path):
    predictions, _ = predict(cascade, images, tmp_path / "out", batch_size=4, threads=3)
    assert [len(batch) for batch in cascade.seen] == [4, 4, 1]
    assert predictions["image"].to_pylist() == [f"image {number}.png" for number in range(9)]


def test_every_image_has_its_pictures(images, cascade, tmp_path):
    out = tmp_path / "out"
    predictions, _ = predict(cascade, images, out)
    names = predictions["name"].to_pylist()
    for kind, pattern in PICTURES.items():
        assert sorted(out.glob(pattern.format("*"))) == sorted(out / pattern.format(name) for name in names), kind
    places = places_of(names[0], out)
    expected = prediction_of(cascade.preparation.prepare(images / "image 0.png").packed)
    read = {kind: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for kind, path in places.items()}
    assert np.array_equal(read["mask"], np.where(expected.mask, 255, 0))
    box = np.zeros((SIZE, SIZE))
    box[6:18, 6:18] = 255
    assert np.array_equal(read["box"], box)
    # A pixel of the corner is nearest to the corner's value of the CAM alone.
    assert [read["lesion_cam"][corner] for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1))] == [0, 64, 128, 255]
    assert read["lesion"].shape == (SIZE, SIZE, 3)
    assert read["sheet"].shape[1] == 1240
    assert read["thumbnail"].shape == (SIZE, SIZE, 3)


def test_an_overlay_is_the_figures(images, cascade):
    """As `selcn.report.figures.style.overlay` blends, by matplotlib's colours."""
    rng = np.random.default_rng(0)
    image, cam = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8), rng.random((8, 8)).astype(np.float32)
    difference = np.abs(overlay(image, cam).astype(int) - figures_overlay(image, cam))
    assert difference.max() <= 2


class Killed(BaseException):
    """As a signal ends a run."""


def test_a_killed_run_goes_on_where_it_was(images, cascade, tmp_path, monkeypatch):
    out, writing = tmp_path / "out", folder_module.row_of
    number = 0

    def dying(*given):
        nonlocal number
        number += 1
        if number == 6:
            raise Killed
        return writing(*given)

    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "row_of", dying)
        with pytest.raises(Killed):
            predict(cascade, images, out, batch_size=2, threads=1, part=2)
    cascade.seen.clear()
    resumed = predict(cascade, images, out, batch_size=2)
    assert sum(map(len, cascade.seen)) == 4
    whole = predict(FakeCascade(cascade.bundle), images, tmp_path / "other", batch_size=2)
    assert resumed[0].equals(whole[0])
    assert resumed[1].equals(whole[1])
    cascade.seen.clear()
    assert predict(cascade, images, out)[0].equals(whole[0])
    assert cascade.seen == []


def test_only_what_changed_is_predicted_again(images, cascade, tmp_path):
    out = tmp_path / "out"
    before, _ = predict(cascade, images, out)
    (images / "image 9.png").write_bytes((images / "image 0.png").read_bytes())
    (images / "image 4.png").write_bytes((images / "image 5.png").read_bytes())
    places_of(before["name"][7].as_py(), out)["sheet"].unlink()
    (images / "image 8.png").unlink()
    cascade.seen.clear()
    after, _ = predict(cascade, images, out)
    assert sorted(chain(*cascade.seen)) == sorted(sha256_of(images / f"image {k}.png") for k in (4, 7, 9))
    assert after["image"].to_pylist() == [f"image {k}.png" for k in (0, 1, 2, 3, 4, 5, 6, 7, 9)]
    assert after["sha256"][4].as_py() == sha256_of(images / "image 5.png")
    rest = [0, 1, 2, 3, 5, 6, 7]
    assert after.take(rest).equals(before.take(rest))


@pytest.mark.parametrize("change", ["code", "bundle"])
def test_other_code_or_another_bundle_predicts_everything_again(images, cascade, tmp_path, change):
    out = tmp_path / "out"
    predict(cascade, images, out, code="a")
    if change == "bundle":
        (cascade.bundle.folder / "SHA256SUMS").write_text("another")
    cascade.seen.clear()
    predict(cascade, images, out, code="b" if change == "code" else "a")
    assert sum(map(len, cascade.seen)) == 9
    # Former rows would tell of pictures that are overwritten.
    assert len(list((out / "work").iterdir())) == 1


def test_a_damaged_part_is_predicted_again(images, cascade, tmp_path):
    out = tmp_path / "out"
    before, _ = predict(cascade, images, out, part=5)
    part = max((out / "work").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    content = bytearray(part.read_bytes())
    content[200] ^= 255
    part.write_bytes(content)
    with pytest.raises(DamagedArtifactError):
        read_arrow(part)
    cascade.seen.clear()
    after, _ = predict(cascade, images, out)
    assert 0 < sum(map(len, cascade.seen)) < 9
    assert after.equals(before)


def test_where_all_files_are_rejected_the_table_of_predictions_has_its_columns(cascade, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/text.jpg").write_bytes(b"hello")
    predictions, rejected = predict(cascade, tmp_path / "images", tmp_path / "out")
    write_tables(predictions, rejected, tmp_path / "out")
    assert (len(predictions), len(rejected)) == (0, 1)
    header = next(csv.reader((tmp_path / "out/predictions.csv").open()))
    assert header == schema_of(CLASSES).names


def test_pictures_of_images_that_are_gone_are_removed_and_no_other_file(images, cascade, tmp_path):
    out = tmp_path / "out"
    names = predict(cascade, images, out)[0]["name"].to_pylist()
    own = [out / "masks/mine.png", out / "masks/lesion-20260102.png", out / "notes.txt"]
    # A copy of the page's pictures, under a name that is none of ours; and a part of a set.
    own += [out / pattern.format("Copy of a") for pattern in PICTURES.values()]
    own += [out / PICTURES[kind].format("lesion-20260103") for kind in ("mask", "thumbnail")]
    for path in own:
        path.write_bytes(b"own")
    assert remove_former_pictures(names[2:], out) == 2
    left = {path for path in out.rglob("*") if path.is_file() and "work" not in path.parts}
    assert left == {*own, *(place for name in names[2:] for place in places_of(name, out).values())}
    assert remove_former_pictures(names[2:], out) == 0


def test_joining_shards_removes_pictures_of_images_that_are_gone(images, cascade, tmp_path):
    out = tmp_path / "results/predict/images/cls-none_sym-off"
    predictions, rejected = predict(cascade, images, out)
    tables = {"predictions": predictions.slice(1), "rejected": rejected}
    shards = {name: [str(out / f"shard-0/{name}.parquet")] for name in tables}
    for name, table in tables.items():
        write_table(table, shards[name][0])
    bundle = str(cascade.bundle.folder / "metadata.json")
    outputs = {name: str(out / name) for name in TABLES}
    run_script("join_predictions", tmp_path, {**shards, "bundle": bundle}, outputs, {"folder": str(images)})
    assert sorted(path.stem for path in out.glob("sheets/*")) == sorted(tables["predictions"]["name"].to_pylist())


def test_the_tables_agree(images, cascade, tmp_path):
    write_tables(*predict(cascade, images, tmp_path), tmp_path)
    rows = list(csv.DictReader((tmp_path / "predictions.csv").open(newline="")))
    parquet = pq.read_table(tmp_path / "predictions.parquet").to_pylist()
    assert [row["image"] for row in rows] == [row["image"] for row in parquet]
    assert [float(row["prob_mel"]) for row in rows] == pytest.approx([row["prob_mel"] for row in parquet], abs=1e-6)
    assert f",{rows[0]['prob_mel']}," in (tmp_path / "predictions.csv").read_text(), "numbers are not quoted"
    assert list(csv.DictReader((tmp_path / "rejected.csv").open())) == [
        {
            "image": "text.jpg",
            "reason": "not an image: not a JPEG, PNG, BMP, TIFF, WEBP or GIF file",
            "advice": "nothing, if it is none; else get the original file again",
        }
    ]


def test_parts_of_several_shards_are_one_anothers(tmp_path):
    """Shards write into one folder at the same time, and may be divided otherwise the next time."""
    schema = pa.schema([(name, pa.string()) for name in ("image", "name", "sha256")])
    first, second = (Parts.open(tmp_path, "f" * 16, schema) for _ in range(2))
    first.write([{"image": "a", "name": "a-1", "sha256": "1"}])
    second.write([{"image": "b", "name": "b-1", "sha256": "2"}])
    half = tmp_path / ("f" * 16) / ".half.parquet"
    half.write_bytes(b"PAR1")
    assert first.done() == second.done() == {"a": ("1", "a-1"), "b": ("2", "b-1")}
    assert half.exists()
