"""Samples, masks and arrays as networks get them, and the metrics of a cross-validation."""

from functools import partial
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import metrics as oracle

from selcn.evaluation.cross_validation import class_metrics_of_folds, metrics_of_folds, tables_of
from selcn.evaluation.metrics import lesion_metrics
from selcn.masks.lae import BLACK, WHOLE_IMAGE, box_mask, lae_box
from selcn.masks.writing import write_masks
from selcn.networks import weights
from selcn.networks.settings import InputSettings
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.shards import shard_of
from selcn.training.images import Pixels, gather
from selcn.training.packed import PackedImages, open_masks
from selcn.training.residency import resident
from selcn.training.samples import Samples, fold_samples, search_samples, stage_samples

ROWS = pd.DataFrame({"image_id": ["a", "b", "c", "d"], "label": ["x", "y", "x", "y"]})
SPLITS = pd.DataFrame(
    {
        "image_id": ["a", "a", "b", "d"],
        "variant": ["original", "rot90", "original", "original"],
        "label": ["x", "x", "y", "y"],
        "role": ["pool", "pool", "pool", "test"],
        "fold": [0, 1, 1, -1],
        "search_fold": [2, 0, 3, -1],
        "train": [True, True, True, False],
        "validation": [True, True, True, False],
    }
)


def test_a_fold_trains_on_the_other_folds():
    samples = fold_samples(SPLITS, 0, ROWS)
    names = {name: samples.table.iloc[samples.numbers(name).numpy()] for name in ("train", "validation", "test")}
    assert list(names["train"]["image_id"] + names["train"]["variant"]) == ["arot90", "boriginal"]
    assert list(names["validation"]["image_id"]) == ["a"]
    assert list(names["test"]["image_id"]) == ["d"]
    assert samples.rows.tolist() == [0, 1, 0, 3]
    assert samples.variants.tolist() == [3, 0, 0, 0]


def test_a_search_trains_on_three_quarters_and_never_sees_the_test_set():
    samples = search_samples(SPLITS, ROWS)
    names = {name: samples.table.iloc[samples.numbers(name).numpy()] for name in ("train", "validation", "test")}
    assert list(names["train"]["image_id"] + names["train"]["variant"]) == ["aoriginal", "boriginal"]
    assert list(names["validation"]["image_id"] + names["validation"]["variant"]) == ["arot90"]
    assert names["test"].empty


def test_later_stages_see_every_variant_and_every_image_once():
    table = stage_samples(SPLITS, ROWS).table
    pairs = list(zip(table["image_id"], table["variant"], strict=True))
    assert pairs == [("a", "original"), ("a", "rot90"), ("b", "original"), ("c", "original"), ("d", "original")]


def test_an_image_that_is_not_packed_is_named():
    with pytest.raises(ValueError, match="zz is in the splits but not packed"):
        Samples.locate(pd.DataFrame({"image_id": ["zz"], "variant": ["original"]}), ROWS)


def test_a_variant_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="unknown variant 'rot45' in the splits; expected one of original, vflip"):
        Samples.locate(pd.DataFrame({"image_id": ["a", "b"], "variant": ["original", "rot45"]}), ROWS)


def test_samples_keep_their_table_wherever_their_rows_are():
    samples = fold_samples(SPLITS, 0, ROWS)
    elsewhere = samples.on(torch.device("meta"))
    assert elsewhere.table is samples.table
    places = {tensor.device.type for tensor in (elsewhere.rows, elsewhere.variants, elsewhere.numbers("train"))}
    assert places == {"meta"}
    assert [chosen.tolist() for chosen in elsewhere.batches(3)] == [[0, 1, 2], [3]]


@pytest.fixture
def masks(tmp_path):
    """Masks of two images in two shards, the first image in the second shard."""
    array = np.zeros((2, 6, 6), np.uint8)
    array[0, 1:3, 2:5] = 1
    names = [f"image_{k}" for k in range(20)]
    ids = [next(name for name in names if shard_of(name, 2) == shard) for shard in (1, 0)]
    np.save(tmp_path / "0.npy", array[1:])
    np.save(tmp_path / "1.npy", array[:1])
    rows = pd.DataFrame({"image_id": ids})
    write_table(rows, tmp_path / "rows.parquet")
    write_table(
        rows.assign(lesion_found=[True, False], x0=[1, 0], y0=[0, 0], x1=[6, 6], y1=[4, 6]),
        tmp_path / "mask_rows.parquet",
    )
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("rows", "mask_rows")}
    return array, SimpleNamespace(masks=[str(tmp_path / "0.npy"), str(tmp_path / "1.npy")], **paths)


def test_masks_are_nothing_the_lesion_or_its_box(masks):
    array, inputs = masks
    ids = read_table(inputs.rows)["image_id"]
    assert open_masks("none", inputs, ids, 6) is None
    # No lesion was found in the second image.
    assert np.array_equal(open_masks("seg", inputs, ids, 6)[[0, 1]], [array[0], np.ones((6, 6))])
    boxes = gather(open_masks("lae", inputs, ids, 6), torch.tensor([1, 0]), torch.device("cpu"))
    assert torch.equal(boxes[0], torch.ones(6, 6, dtype=torch.uint8))
    assert torch.equal(boxes[1], torch.from_numpy(box_mask((1, 0, 6, 4), 6)))


def test_a_data_set_s_images_are_opened_with_their_masks(masks):
    _, inputs = masks
    # Arrays of a row an image; their values are those of the masks.
    packed = PackedImages.open(SimpleNamespace(images=inputs.masks, **vars(inputs)), "seg")
    assert packed.rows.equals(read_table(inputs.rows))
    assert np.array_equal(packed.images[[0]], packed.masks[[0]])
    assert PackedImages.open(SimpleNamespace(images=inputs.masks, rows=inputs.rows)).masks is None


@pytest.mark.parametrize("mask", ["seg", "lae"])
@pytest.mark.parametrize("rule", [WHOLE_IMAGE, BLACK])
def test_an_image_without_a_lesion_is_whole_or_black_under_either_mask(tmp_path, mask, rule):
    predicted = np.zeros((3, 6, 6), np.uint8)
    predicted[1, 2:4, 1:3] = 1
    ids = ["a", "b", "c"]
    batches = [(np.array([2, 0]), predicted[[2, 0]]), (np.array([1]), predicted[[1]])]
    box_of = partial(lae_box, factor=2, empty_masks=rule)
    manifest = write_masks(batches, ids, 6, box_of, tmp_path / "masks.npy", tmp_path)
    write_table(manifest, tmp_path / "manifest.parquet")
    # Files keep the empty mask.
    assert np.array_equal(np.load(tmp_path / "masks.npy"), predicted)
    assert cv2.imread(str(tmp_path / "seg/a.png")).max() == 0
    assert cv2.imread(str(tmp_path / "lae/a.png")).min() == 255 * (rule == WHOLE_IMAGE)
    inputs = SimpleNamespace(masks=str(tmp_path / "masks.npy"), mask_rows=str(tmp_path / "manifest.parquet"))
    masks = resident(open_masks(mask, inputs, pd.Series(ids), 6), torch.device("cpu"))
    images = torch.from_numpy(np.random.default_rng(0).integers(1, 256, (3, 6, 6, 3), dtype=np.uint8))
    pixels = Pixels(images, masks, InputSettings(6), torch.device("cpu"))
    raw = pixels.raw(torch.tensor([1, 0, 2]), torch.tensor([0, 0, 3])).permute(0, 2, 3, 1)
    whole = torch.stack([images[0], images[2].rot90(1, (0, 1))]).float()
    assert torch.equal(raw[1:], whole * (rule == WHOLE_IMAGE))
    y, x = (slice(2, 4), slice(1, 3)) if mask == "seg" else (slice(1, 5), slice(0, 4))
    expected = torch.zeros(6, 6, 3)
    expected[y, x] = images[1][y, x].float()
    assert torch.equal(raw[0], expected)


@pytest.mark.parametrize("mask", ["seg", "lae"])
def test_masks_of_other_images_are_refused(masks, mask):
    _, inputs = masks
    write_table(read_table(inputs.mask_rows).iloc[::-1], inputs.mask_rows)
    with pytest.raises(ValueError, match=r"mask_rows\.parquet: lists other images than are packed"):
        open_masks(mask, inputs, read_table(inputs.rows)["image_id"], 6)


def test_metrics_of_folds_are_means_of_scikit_learn_s(tmp_path):
    rng = np.random.default_rng(0)
    classes = ["bkl", "mel", "nv"]
    expected = []
    for fold in range(3):
        label, probabilities = rng.permutation(classes * 10), rng.dirichlet(np.ones(3), 30)
        frame = pd.DataFrame(probabilities, columns=[f"prob_{name}" for name in classes]).assign(label=label)
        folder = tmp_path / f"fold-{fold}" / "predictions"
        write_table(frame, folder / "test.parquet")
        predicted = np.array(classes)[probabilities.argmax(1)]
        expected.append(
            (
                oracle.accuracy_score(label, predicted),
                oracle.recall_score(label, predicted, labels=["mel"], average=None)[0],
            )
        )
    paths = [tmp_path / f"fold-{fold}" / "predictions" / "test.parquet" for fold in range(3)]
    tables = tables_of({"test": paths}, ["test"])
    accuracy = metrics_of_folds(tables["test"], lesion_metrics)["accuracy"]
    assert accuracy["folds"] == pytest.approx([value for value, _ in expected])
    assert accuracy["mean"] == pytest.approx(np.mean(accuracy["folds"]))
    assert accuracy["sd"] == pytest.approx(np.std(accuracy["folds"]))
    mel = class_metrics_of_folds(tables["test"])["mel"]
    assert mel["recall"]["folds"] == pytest.approx([value for _, value in expected])
    assert mel["support"] == 10


def test_weights_that_cannot_be_downloaded_name_the_file_to_put(tmp_path, monkeypatch):
    def no_network(name, pretrained):
        raise OSError("Name or service not known")

    monkeypatch.setattr(weights, "build", no_network)
    with pytest.raises(weights.WeightsError, match=r"save them as resnet18\.safetensors and name the file"):
        weights.provide_weights("resnet18", "hub", tmp_path / "out.safetensors", 0)
