"""The scripts that train a cell without each source, and write the table, on frozen features drawn from a seed."""

from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from jobs import run_script
from selcn.data.splits.by_lesion import split_by_lesion
from selcn.data.splits.folds import test_rows as rows_of_test_set
from selcn.data.splits.folds import training_rows
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.design.trained_networks import TrainedNetwork
from selcn.storage.artifacts import read_table, write_table
from selcn.training import cross_validation
from studies import PROJECT

CELL, CLASSES, FOLDS = "cls-none_sym-off", ("mel", "nv"), [0, 1]
PLACE = f"results/leakfree/lesion/ham10000/{CELL}/sources"


def write_inputs() -> tuple[dict[str, str | list], pd.DataFrame]:
    """Write a job's inputs, and return them and the split table; a third of the images has no source."""
    rng = np.random.default_rng(0)
    ids = [f"i{k:03}" for k in range(120)]
    label = np.array(CLASSES)[np.arange(120) % 2]
    source = np.array(["rosendahl", "vidir/modern", None])[np.arange(120) // 4 % 3]
    index = pd.DataFrame({"image_id": ids, "label": label, "part": "train", "dataset": "ham10000", "source": source})
    index["lesion_id"] = [f"l{k // 4}-{k % 2}" for k in range(120)]
    images = index.rename(columns={"lesion_id": "lesion"})
    lesions = assign_lesions(images, LesionSplitSettings({"ham10000": 2}, "ham10000", "ham10000", 42, 0.2))
    features = rng.normal((label == "nv")[:, None, None, None], 1, (120, 4, 2, 2)).astype(np.float16)
    Path("data").mkdir()
    np.save("data/features.npy", features)
    settings = yaml.safe_load((PROJECT / "config.yaml").read_text())["lesion"] | {"freeze_encoder": True}
    small = {"epochs": 2, "without_bfloat16": "float32", "deterministic": False}
    settings["training"] = {**settings["training"], **small}
    Path("data/settings.yaml").write_text(yaml.safe_dump(settings))
    tables = {
        "rows": index[["image_id", "label"]],
        "manifest": index[["image_id"]].assign(variant="original", sha256=ids),
        "index": index,
        "groups": index[["dataset", "image_id"]].assign(group=index["lesion_id"]),
        "splits": split_by_lesion(index, lesions, None, 1),
    }
    for name, table in tables.items():
        write_table(table, f"data/{name}.parquet")
    inputs = {name: f"data/{name}.parquet" for name in tables if name != "manifest"}
    files = {"features": "data/features.npy", "features_rows": "data/manifest.parquet"}
    return inputs | files | {"settings": "data/settings.yaml", "weights": [], "patients": []}, tables["splits"]


def train(inputs) -> pd.DataFrame:
    params = {"classes": CLASSES, "folds": FOLDS, "seed": 42, "patients": [], "training": "digest"}
    outputs = {"predictions": f"{PLACE}/predictions.parquet", "trained": f"{PLACE}/training_ids.parquet"}
    wildcards = {"protocol": "leakfree", "lesion_dataset": "ham10000", "cell": CELL}
    run_script("train_sources", Path(), inputs, outputs, params, wildcards)
    return read_table(outputs["predictions"])


@pytest.fixture
def study(tmp_path, monkeypatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SELCN_ALLOW_CPU", "1")
    inputs, splits = write_inputs()
    return SimpleNamespace(inputs=inputs, splits=splits, index=read_table("data/index.parquet"))


def test_every_source_is_predicted_by_every_fold_s_network_that_was_not_trained_on_it(study, monkeypatch):
    table = train(study.inputs)
    assert set(table.groupby(["source", "fold"]).groups) == set(product(("rosendahl", "vidir/modern"), FOLDS))
    source = study.index.set_index("image_id")["source"]
    lesion = study.index.set_index("image_id")["lesion_id"]
    seen = read_table(f"{PLACE}/training_ids.parquet").groupby(["source", "fold"])["image_id"]
    for (name, fold), rows in table.groupby(["source", "fold"]):
        assert set(rows["image_id"].map(source)) == {name}
        assert len(list(Path("work/train_sources").glob(f"**/without-{name.replace('/', '%2F')}/fold-{fold}/*"))) == 1
        trained = seen.get_group((name, fold))
        before = training_rows(study.splits, fold)["image_id"]
        assert sorted(trained) == sorted(before[before.map(source) != name])
        assert set(trained.map(lesion)).isdisjoint(rows["image_id"].map(lesion))
    # What is finished is not trained again, unless the source of an image changes.
    asked = []
    history_of = cross_validation.history_of
    monkeypatch.setattr(cross_validation, "history_of", lambda *given: asked.append(given) or history_of(*given))
    pd.testing.assert_frame_equal(train(study.inputs), table)
    assert not asked
    changed = study.index.assign(source=study.index["source"].mask(study.index["image_id"] == "i004", "rosendahl"))
    write_table(changed, "data/index.parquet")
    train(study.inputs)
    assert len(asked) == 4


def test_a_data_set_without_sources_is_refused(study):
    write_table(study.index.assign(source=None), "data/index.parquet")
    with pytest.raises(ValueError, match=r"no image has a known source; .* empty lesion\.leave_source_out"):
        train(study.inputs)


def test_the_table_compares_them_with_the_ordinary_networks(study):
    train(study.inputs)
    rng = np.random.default_rng(1)
    ordinary = {"validation": [], "test": []}
    networks = [TrainedNetwork("lesion", "ham10000", CELL, fold, 42) for fold in FOLDS]
    for fold in FOLDS:
        held_out = study.splits[study.splits["validation"] & (study.splits["fold"] == fold)]
        for name, rows in {"validation": held_out, "test": rows_of_test_set(study.splits)}.items():
            table = rows[["image_id", "variant", "label"]]
            # They are right.
            probability = (table["label"] == "nv") * 0.8 + rng.random(len(table)) / 10
            path = f"data/{name}-{fold}.parquet"
            write_table(table.assign(prob_mel=1 - probability, prob_nv=probability, logsumexp=0.0), path)
            ordinary[name].append(path)
    inputs = {name: study.inputs[name] for name in ("splits", "index", "groups", "patients")} | ordinary
    inputs["predictions"] = [f"{PLACE}/predictions.parquet"]
    params = {"demo": True, "dataset": "ham10000", "classes": CLASSES, "cells": [CELL], "networks": networks}
    params |= {"patients": [], "draws": 100, "seed": 1, "remarks": ["A remark."]}
    outputs = {kind: f"results/sources.{kind}" for kind in ("csv", "md", "html")}
    run_script("write_source_table", Path(), inputs, outputs, params, {"protocol": "leakfree"})
    table = pd.read_csv(outputs["csv"])
    assert table["source"].unique().tolist() == ["rosendahl", "vidir/modern"]
    assert set(table.loc[table["metric"] == "accuracy", "seen"]) == {1.0}
    assert (table["difference"] == table["seen"] - table["unseen"]).all()
    text = Path(outputs["md"]).read_text()
    assert text.startswith("# Sources of HAM10000 left out of training")
    assert "- A remark." in text
