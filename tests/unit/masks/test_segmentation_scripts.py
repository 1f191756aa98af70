"""The scripts that train a segmentation network and count its pixels, on images of which some are turned copies."""

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from jobs import run_script
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.checksums import record

IMAGES = [f"i{number}" for number in range(8)]
WITHOUT_MASK = "i5"
SETTINGS = {
    "encoder": "resnet18",
    "input": {"size": 32},
    "training": {"batch_size": 4, "learning_rate": 1e-3, "weight_decay": 0.0, "epochs": 1},
    "rank_weight": 0.05,
    "inference_batch_size": 3,
}
# Image, variant, role and fold of each row; i0 and i4 have turned copies in the development set.
ROWS = [(name, "original", "pool", number % 2) for number, name in enumerate(IMAGES[:6])]
ROWS += [("i0", "rot90", "pool", 1), ("i4", "hflip", "pool", 0)]
ROWS += [(name, "original", "test", -1) for name in IMAGES[6:]]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write a study's files, and return the inputs that both scripts have."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.save("images.npy", rng.integers(0, 256, (8, 32, 32, 3), dtype=np.uint8))
    # As many pixels of lesion as tell the images apart.
    truth = np.arange(32 * 32).reshape(1, 32, 32) < np.arange(100, 900, 100)[:, None, None]
    np.save("truth.npy", truth.astype(np.uint8))
    rows = pd.DataFrame({"image_id": IMAGES, "label": "nv", "has_mask": [name != WITHOUT_MASK for name in IMAGES]})
    write_table(rows, "manifest.parquet")
    splits = pd.DataFrame(ROWS, columns=["image_id", "variant", "role", "fold"])
    splits = splits.assign(label="nv", train=splits["role"] == "pool", validation=splits["role"] == "pool")
    write_table(splits, "splits.parquet")
    with open("settings.yaml", "w") as file:
        yaml.safe_dump(SETTINGS, file)
    inputs = {"images": ["images.npy"], "rows": "manifest.parquet", "truth": ["truth.npy"]}
    inputs |= {"splits": "splits.parquet", "settings": "settings.yaml"}
    for path in ("images.npy", "truth.npy", "manifest.parquet", "splits.parquet", "settings.yaml"):
        record(path)
    return inputs


def test_a_training_notes_the_rows_that_it_trained_on(files, tmp_path):
    names = {"model": "best.pt", "history": "history.csv", "training_ids": "training_ids.parquet"}
    outputs = {name: f"results/fold-0/{file}" for name, file in names.items()}
    wildcards = {"architecture": "unet", "segmentation_fold": "0"}
    run_script("train_segmentation", tmp_path, {**files, "weights": []}, outputs, {}, wildcards)
    table = read_table(outputs["training_ids"])
    expected = {(name, variant) for name, variant, role, fold in ROWS if role == "pool" and fold != 0}
    assert set(zip(table["image_id"], table["variant"], strict=True)) == expected
    assert set(table["subset"]) == {"train"}


@pytest.mark.parametrize(
    ("subsets", "expected"),
    [
        (["validation"], {"i0": "validation", "i2": "validation", "i4": "validation"}),
        (["validation", "test"], {name: "validation" for name in ("i0", "i2", "i4")} | {"i6": "test", "i7": "test"}),
        (["train"], {"i1": "train", "i3": "train"}),
    ],
)
def test_an_image_s_pixels_count_once_and_only_where_its_mask_is_known(files, tmp_path, subsets, expected):
    torch.manual_seed(0)
    network = build_segmentation_network("unet", SegmentationSettings.from_config(SETTINGS), None)
    torch.save(network.state_dict(), "model.pt")
    record("model.pt")
    params = {"fold": 0, "subsets": subsets, "flips": False}
    inputs = {**files, "models": ["model.pt"]}
    run_script("count_pixels", tmp_path, inputs, {"counts": "counts.parquet"}, params, {"architecture": "unet"})
    counts = read_table("counts.parquet")
    assert list(zip(counts["image_id"], counts["subset"], strict=True)) == list(expected.items())
    assert (counts[["tp", "fp", "fn", "tn"]].sum(axis=1) == 32 * 32).all()
    lesion = 100 * (1 + counts["image_id"].map(IMAGES.index))
    assert (counts["tp"] + counts["fn"]).tolist() == lesion.tolist()
