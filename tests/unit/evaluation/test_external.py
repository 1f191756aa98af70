"""An external set by what networks have seen, against sets counted by hand and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from jobs import run_script
from selcn.design.datasets import DATASETS
from selcn.evaluation.external import metrics_of_external, subsets_of
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.external import external_blocks, external_values
from selcn.storage.artifacts import read_json, write_json, write_table

CLASSES = ("mel", "nv")
GROUPS = pd.DataFrame(
    [
        ("ham10000", "h1", "A"),
        ("ham10000", "h2", "B"),
        ("clinic", "c1", "A"),
        ("clinic", "c2", "c2"),
        ("clinic", "c3", "c3"),
        ("clinic", "c4", "B"),
        ("clinic", "c5", "c5"),
    ],
    columns=["dataset", "image_id", "group"],
)
LABELS = {"c1": "nv", "c2": "mel", "c3": "nv", "c4": "scc", "c5": "scc"}


def predictions(labels: dict, seed: int) -> pd.DataFrame:
    """Return a network's predictions, with probabilities drawn at random."""
    melanoma = np.random.default_rng(seed).uniform(0.01, 0.99, len(labels))
    table = pd.DataFrame({"image_id": list(labels), "label": list(labels.values())})
    return table.assign(prob_mel=melanoma, prob_nv=1 - melanoma, logsumexp=melanoma * 3)


def test_an_image_is_seen_if_the_network_was_trained_on_its_lesion_in_any_data_set():
    subsets = subsets_of(predictions(LABELS, 1), GROUPS, "clinic", pd.Series(["h1", "h1"]))
    ids = {name: list(rows["image_id"]) for name, rows in subsets.items()}
    assert ids == {"all": ["c1", "c2", "c3"], "seen": ["c1"], "unseen": ["c2", "c3"], "outside": ["c4", "c5"]}
    of_other = subsets_of(predictions(LABELS, 1), GROUPS, "clinic", pd.Series(["h2"]))
    assert list(of_other["seen"]["image_id"]) == []
    assert list(of_other["outside"]["image_id"]) == ["c5"]


@pytest.fixture(scope="module")
def metrics() -> dict:
    tables = [predictions(LABELS, seed) for seed in (1, 2)]
    divided = [subsets_of(table, GROUPS, "clinic", pd.Series(["h1"])) for table in tables]
    validation = [predictions({f"v{i}": CLASSES[i % 2] for i in range(20)}, seed) for seed in (3, 4)]
    return metrics_of_external(validation, divided)


def test_metrics_are_those_of_each_subset_over_networks(metrics):
    tables = [predictions(LABELS, seed).iloc[:3] for seed in (1, 2)]
    for name, rows in (("all", slice(0, 3)), ("unseen", slice(1, 3)), ("seen", slice(0, 1))):
        expected = [accuracy_score(t["label"][rows], np.where(t["prob_mel"] > 0.5, "mel", "nv")[rows]) for t in tables]
        assert metrics[name]["accuracy"]["folds"] == expected
        assert metrics[name]["accuracy"]["mean"] == pytest.approx(np.mean(expected))
        assert {"macro_auc", "ece", "ece_scaled", "temperature", "melanoma_sensitivity_at_90"} <= set(metrics[name])
    assert metrics["images"] == {"all": 3, "seen": 1, "unseen": 2, "outside": 2}


def test_images_outside_the_classes_are_detected_among_unseen_ones(metrics):
    tables = [predictions(LABELS, seed) for seed in (1, 2)]
    doubt = [(1 - t[["prob_mel", "prob_nv"]].max(axis=1)).iloc[[1, 2, 3, 4]] for t in tables]
    expected = [roc_auc_score([0, 0, 1, 1], values) for values in doubt]
    assert metrics["unfamiliar"]["max_softmax"]["folds"] == pytest.approx(expected)
    assert (metrics["unfamiliar"]["familiar"], metrics["unfamiliar"]["unfamiliar"]) == (2, 2)


def test_a_subset_without_images_has_no_metrics():
    divided = [subsets_of(predictions(LABELS, 1), GROUPS, "clinic", pd.Series(["h9"]))]
    validation = [predictions({f"v{i}": CLASSES[i % 2] for i in range(20)}, 3)]
    assert "seen" not in metrics_of_external(validation, divided)


def test_the_table_has_a_grid_for_each_subset_and_its_values(metrics):
    cells = {"cls-seg_sym-off": metrics, "cls-none_sym-off": metrics}
    values = external_values(cells)
    assert list(dict.fromkeys(values["part"][values["cell"] == "cls-none_sym-off"])) == [
        "all",
        "seen",
        "unseen",
        "unfamiliar",
    ]
    row = values[(values["part"] == "all") & (values["metric"] == "accuracy")].iloc[0]
    assert (row["cell"], row["images"], row["networks"]) == ("cls-none_sym-off", 3, 2)
    assert row["mean"] == metrics["all"]["accuracy"]["mean"]
    text = as_markdown(external_blocks(values, "Our clinic", "thesis", ["A note."], demo=True))
    assert text.startswith("# Lesion classification on Our clinic\n\n> **Demo data.**")
    assert text.count("| # ") == 4
    assert "## Lesions that the networks were not trained on\n\n2 images." in text
    assert text.endswith("- A note.\n")
    assert f"{row['mean']:.3f} ± {row['sd']:.3f}" in text


def test_a_table_of_failed_cells_says_so():
    text = as_markdown(external_blocks(external_values({}), "Our clinic", "thesis", [], demo=False))
    assert "No values: every cell failed" in text


def test_the_rules_scripts_evaluate_a_cell_and_write_the_table_of_the_set(tmp_path):
    def stored(table: pd.DataFrame, name: str) -> str:
        write_table(table, tmp_path / name)
        return str(tmp_path / name)

    validation = {f"v{i}": CLASSES[i % 2] for i in range(20)}
    inputs = {
        "external": [stored(predictions(LABELS, seed), f"external-{seed}.parquet") for seed in (1, 2)],
        "validation": [stored(predictions(validation, seed), f"validation-{seed}.parquet") for seed in (3, 4)],
        "training_ids": [stored(pd.DataFrame({"image_id": ["h1"]}), f"ids-{seed}.parquet") for seed in (1, 2)],
        "groups": stored(GROUPS, "groups.parquet"),
        "metrics": str(tmp_path / "metrics.json"),
    }
    files = []
    for name, failed in (("trained", {}), ("failed", {"failed": "seed 1, fold 0: diverged"})):
        write_json(failed, tmp_path / "metrics.json")
        files.append(str(tmp_path / f"{name}.json"))
        run_script("evaluate_external", tmp_path, inputs, {"metrics": files[-1]}, wildcards={"external": "clinic"})
    assert read_json(files[0])["images"] == {"all": 3, "seen": 1, "unseen": 2, "outside": 2}
    assert read_json(files[1]) == {"failed": "seed 1, fold 0: diverged"}
    write_json({"indexed": 5, "rejected": 2, "masks": 0, "passed_over": 0, "per_class": {}}, tmp_path / "summary.json")
    tables = {kind: str(tmp_path / f"table.{kind}") for kind in ("csv", "md", "html")}
    params = {"cells": ["cls-none_sym-off", "cls-seg_sym-off"], "names": {**DATASETS, "clinic": "Our clinic"}}
    params |= {"demo": True, "remarks": ["A remark."]}
    given = {"metrics": files, "summary": str(tmp_path / "summary.json")}
    wildcards = {"external": "clinic", "protocol": "leakfree"}
    run_script("write_external_table", tmp_path, given, tables, params, wildcards)
    text = (tmp_path / "table.md").read_text()
    for said in ("# Lesion classification on Our clinic", "Protocol: leakfree", "diverged", "A remark.", "2 of 7"):
        assert said in text, said
    values = pd.read_csv(tmp_path / "table.csv")
    assert set(values["cell"]) == {"cls-none_sym-off"}
    assert list(dict.fromkeys(values["part"])) == ["all", "seen", "unseen", "unfamiliar"]
