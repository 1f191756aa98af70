"""The rule's script on a small study: what it writes, and that a failed cell says nothing."""

import numpy as np
import pandas as pd
import pytest

from declared import LESION_CLASSES
from jobs import run_script
from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.metrics import lesion_metrics
from selcn.storage.artifacts import read_table, write_json, write_table

CLASSES = LESION_CLASSES["ham10000"]
GOOD, FAILED = "cls-none_sym-off", "cls-none_sym-none"
NETWORKS = [TrainedNetwork("lesion", "ham10000", cell, fold, 1) for cell in (GOOD, FAILED) for fold in (0, 1)]
IDS = [f"i{k:02}" for k in range(42)]
TRUE = np.array([CLASSES[k % 7] for k in range(42)])
WRONG = 3
OUTPUTS = {
    "ranking": "ranking.parquet",
    "csv": "label-audit.csv",
    "md": "label-audit.md",
    "html": "label-audit.html",
    "costs_csv": "label-costs.csv",
    "costs_md": "label-costs.md",
    "costs_html": "label-costs.html",
}


def predictions(labels: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return predictions that favour the true class of each image."""
    raw = rng.uniform(0.5, 1.0, (42, 7)) + 5 * (TRUE[:, None] == CLASSES)
    table = pd.DataFrame({"image_id": IDS, "variant": "original", "label": labels})
    raw[WRONG] = 0.4 + 5 * (TRUE[WRONG] == np.array(CLASSES))
    return table.join(pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), columns=[f"prob_{name}" for name in CLASSES]))


@pytest.fixture
def written(tmp_path):
    """The label of image 3 is wrong; the networks of one cell failed, and favour nv throughout."""
    rng = np.random.default_rng(0)
    labels = TRUE.copy()
    labels[WRONG] = CLASSES[(WRONG + 1) % 7]

    def table(name: str, frame: pd.DataFrame) -> str:
        write_table(frame, tmp_path / name)
        return str(tmp_path / name)

    tested = {net: predictions(labels, rng) for net in NETWORKS}
    for net in NETWORKS[2:]:
        tested[net] = tested[net].assign(**{f"prob_{name}": float(name == "nv") for name in CLASSES})
    files = [table(f"{net.model}-{net.fold}.parquet", frame) for net, frame in tested.items()]
    write_json({}, tmp_path / "good.json")
    write_json({"failed": "constant logits"}, tmp_path / "failed.json")
    images = pd.DataFrame({"dataset": "ham10000", "image_id": IDS})
    inputs = {
        "predictions": files,
        "trained": [table("trained.parquet", pd.DataFrame({"image_id": ["other"]}))] * 4,
        "tested": files,
        "metrics": [str(tmp_path / "good.json"), str(tmp_path / "failed.json")],
        "features": [],
        "features_rows": [],
        "indices": [table("index.parquet", images.assign(label=labels))],
        "groups": table("groups.parquet", images.assign(group=IDS)),
        "appearance": table("appearance.parquet", images.assign(appearance=1.0, appearance_of="fine")),
    }
    params = {
        "neighbours": 10,
        "same_labels": [["ham10000", "isic2019"], ["symderm"], ["isic2016"]],
        "worst": 1 / 42,
        "demo": False,
        "datasets": ["ham10000"],
        "encoded": [],
        "predictions": [("ham10000", net, "test") for net in NETWORKS],
        "metrics": [("ham10000", GOOD), ("ham10000", FAILED)],
        "tested": NETWORKS,
    }
    outputs = {name: str(tmp_path / file) for name, file in OUTPUTS.items()}
    run_script("audit_labels", tmp_path, inputs, outputs, params, {"protocol": "leakfree"})
    return {"outputs": outputs, "labels": labels, "tested": tested}


def test_the_wrong_label_comes_first_and_the_failed_cell_is_not_asked(written):
    ranking = read_table(written["outputs"]["ranking"])
    assert ranking["rank"].tolist() == list(range(1, 43))
    first = ranking.iloc[0]
    assert (first["image_id"], first["favoured"], first["evidence"]) == (IDS[WRONG], TRUE[WRONG], "networks")
    assert first["doubt"] > 0.3
    assert (first["networks"], first["against"], first["lesion_seen"]) == (2, 1, 0)
    listed = pd.read_csv(written["outputs"]["csv"])
    assert listed["image_id"].tolist() == [IDS[WRONG]]


def test_the_costs_are_those_of_the_cell_that_did_not_fail(written):
    table = pd.read_csv(written["outputs"]["costs_csv"])
    assert set(table["cell"]) == {GOOD}
    assert table[["images", "worst"]].drop_duplicates().to_numpy().tolist() == [[42, 1]]
    values = table.set_index(["metric", "labels"])["value"]
    assert values["accuracy", "published"] == pytest.approx(41 / 42, abs=1e-5)
    assert values["accuracy", "favoured"] == values["accuracy", "left_out"] == 1
    probabilities = written["tested"][NETWORKS[0]].filter(regex="^prob_").to_numpy()
    expected = lesion_metrics(written["labels"], probabilities, CLASSES)["macro_f1"]
    assert values["macro_f1", "published"] == pytest.approx(expected, abs=1e-5)
