"""The workflow itself, from native layouts to the thesis's tables, on a few real images of each class."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams
from studies import Study, copy_project, made_once

pytestmark = pytest.mark.real

DATA = Path(os.environ.get("SELCN_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
WEIGHTS = DATA.parent / "weights"
LIMITS = {"ham10000": 24, "symderm": 45, "isic2019": 6, "isic2016": 24}
TABLES = ["05", "06a", "06b", "07", "08a", "08b", "09", "10", "11", "12", "13", "14", "15"]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """The whole study on a few real images."""
    if not DATA.is_dir() or not WEIGHTS.is_dir():
        pytest.skip(f"no real data at {DATA}, or no weights at {WEIGHTS}; set SELCN_REAL_DATA")
    return made_once(tmp_path_factory, "real", run_on_real_images)


def run_on_real_images(clone: Path) -> Study:
    """Run the whole study in a clone."""
    copy_project(clone)
    ham = str(DATA / "ham10000_200x150")
    # One data set in shards is enough to see them joined.
    sources = {
        "ham10000": {"folder": ham, "shards": 2},
        "symderm": {"folder": str(DATA / "symderm"), "image_folders": [ham]},
        "isic2019": {"folder": str(DATA / "isic2019"), "image_folders": [ham], "shards": 1},
        "isic2016": {"folder": str(DATA / "isic2016")},
    }
    config = yaml.safe_load(Path(__file__).with_name("real.yaml").read_text())
    config["data"] = {name: source | {"limit_per_class": LIMITS[name]} for name, source in sources.items()}
    names = {
        "squeezenet1_0": "squeezenet1_0.imagenet.fp16",
        "tf_efficientnet_lite0": "tf_efficientnet_lite0.imagenet.fp16",
    }
    config["weights"] |= {name: str(WEIGHTS / f"{file}.safetensors") for name, file in names.items()}
    (clone / "config/real.yaml").write_text(yaml.safe_dump(config))
    study = Study(clone, "real", ("config/real.yaml",))
    study.run("all")
    return study


def test_every_table_is_there_with_our_values(study):
    for number in TABLES:
        table = pd.read_csv(study.directory / f"results/thesis/tables/table-{number}.csv")
        assert table["ours_mean"].notna().any(), number
        assert table["thesis_mean"].notna().any(), number


def test_backbones_are_compared_and_the_random_one_is_told(study):
    table = study.directory / "results/thesis/tables/table-backbones.csv"
    frame = pd.read_csv(table)
    assert list(dict.fromkeys(frame["cell"])) == ["resnet34", "squeezenet1_0"]
    assert frame["ours_mean"].between(-1, 1).all()
    assert "ResNet34 started from random weights" in table.with_suffix(".md").read_text()


def test_the_limits_are_kept_and_missing_images_are_told(study):
    for name, limit in LIMITS.items():
        index = read_table(study.directory / f"results/data/{name}/index.parquet")
        assert 0 < index.groupby("label").size().max() <= limit
    summary = json.loads((study.directory / "results/data/isic2016/summary.json").read_text())
    assert summary["rejected"] > 0
    note = (study.directory / "results/thesis/tables/table-13.md").read_text()
    assert f"{summary['rejected']:,} of" in note


@pytest.mark.parametrize("model", ["unet/fold-0", "unet-ensemble"])
def test_masks_find_real_lesions(study, model):
    metrics = json.loads((study.directory / f"results/thesis/segmentation/{model}/metrics.json").read_text())
    assert metrics["test"]["dice"] > 0.5


def test_cams_of_real_images_are_maps_and_not_all_empty(study):
    for mask in ("none", "seg", "lae"):
        frame, cams = load_cams(study.directory / f"results/thesis/cams/ham10000/{mask}/cams.parquet")
        assert frame["empty"].mean() < 0.5
        assert cams.max() == 1
        assert cams.min() == 0


def test_every_prediction_is_a_distribution_over_the_classes(study):
    files = sorted((study.directory / "results/thesis/lesion").rglob("predictions/*.parquet"))
    assert len(files) == 2 * 12 * 2 * 3
    for file in files:
        probabilities = read_table(file).filter(regex="^prob_")
        assert probabilities.shape[1] in (2, 7)
        assert ((probabilities.sum(axis=1) - 1).abs() < 1e-4).all()
