"""Subsets of ISIC2019: divided by hand-made tables, and evaluated by the rule's script from predictions on disk."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from declared import LESION_CLASSES
from jobs import run_script
from selcn.evaluation.isic2019 import OUT_OF_DISTRIBUTION, SUBSETS, subsets_of, subsets_of_folds
from selcn.storage.artifacts import read_json, write_table
from selcn.storage.cam_table import write_cams
from selcn.training.classification import prediction_table
from simulated_files import networks_of

KNOWN = LESION_CLASSES["ham10000"]
HAM10000 = ("ham_1", "ham_2", "ham_3", "ham_4")
TRAINED = ("ham_1", "ham_2")
OFFICIAL = ("official_1", "official_2", "official_3")
# id -> label; ham_2 and ham_3 bear the name that ISIC2019 gives some images, ham_4 is the akiec that it calls SCC.
IMAGES = {
    "ham_1": "nv",
    "ham_2_downsampled": "mel",
    "ham_3_downsampled": "nv",
    "ham_4": "scc",
    "new_1": "nv",
    "new_2_downsampled": "bcc",
    "new_3": "scc",
    "official_1": "df",
    "official_2": "scc",
    "official_3": "unk",
}


def draw(images: dict[str, str], seed: int, classes=KNOWN) -> pd.DataFrame:
    """Return predictions of which every second one is right: the first, the third, ... where the seed is below 10."""
    logits = np.random.default_rng(seed).normal(size=(len(images), len(classes)))
    for place, label in enumerate(images.values()):
        if label in classes:
            logits[place, classes.index(label)] = -9 if (place + seed // 10) % 2 else 9
    samples = pd.DataFrame({"image_id": list(images), "variant": "original", "label": list(images.values())})
    return prediction_table(samples, logits, classes)


def ids_of(subsets: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    return {name: table["image_id"].tolist() for name, table in subsets.items()}


def test_every_subset_has_its_images():
    assert ids_of(subsets_of(draw(IMAGES, 0), OFFICIAL, HAM10000, TRAINED)) == {
        "isic2019": ["ham_1", "ham_2_downsampled", "ham_3_downsampled", "new_1", "new_2_downsampled"],
        "isic2019_trained": ["ham_1", "ham_2_downsampled"],
        "isic2019_untrained": ["ham_3_downsampled"],
        "isic2019_outside": ["new_1", "new_2_downsampled"],
        "isic2019_official": ["official_1"],
        "scc_outside": ["new_3"],
        "official_scc": ["official_2"],
        "official_unk": ["official_3"],
        "official_scc_unk": ["official_2", "official_3"],
    }


def test_ids_of_training_may_be_downsampled_and_repeated():
    subsets = subsets_of(draw(IMAGES, 0), OFFICIAL, HAM10000, ["ham_3", "ham_3", "ham_1_downsampled"])
    assert subsets["isic2019_trained"]["image_id"].tolist() == ["ham_1", "ham_3_downsampled"]
    assert subsets["isic2019_untrained"]["image_id"].tolist() == ["ham_2_downsampled"]


def test_each_fold_is_divided_by_its_own_training():
    folds = [draw(IMAGES, seed) for seed in range(2)]
    subsets = subsets_of_folds(folds, OFFICIAL, HAM10000, [("ham_1",), ("ham_2", "ham_3")])
    trained = [table["image_id"].tolist() for table in subsets["isic2019_trained"]]
    assert trained == [["ham_1"], ["ham_2_downsampled", "ham_3_downsampled"]]
    assert set(subsets) == {*SUBSETS, *OUT_OF_DISTRIBUTION}
    with pytest.raises(ValueError, match="argument"):
        subsets_of_folds(folds, OFFICIAL, HAM10000, [("ham_1",)])


def test_subsets_without_images_are_absent():
    seen_by_none = {name: label for name, label in IMAGES.items() if not name.startswith("official")}
    subsets = subsets_of_folds([draw(seen_by_none, 0)], (), HAM10000, [()])
    assert set(subsets) == {"isic2019", "isic2019_untrained", "isic2019_outside", "scc_outside"}


@pytest.fixture
def cell(tmp_path):
    """Two folds of a cell, of which the first trained on ham_1 and ham_2, the second on ham_2; and the job's inputs."""
    tested = {f"test_{name}_{k}": name for name in KNOWN for k in range(3)}
    files = {"validation": [], "test": [], "isic2019": [], "training_ids": []}
    for fold, trained in enumerate((["ham_1", "ham_2"], ["ham_2"])):
        folder = tmp_path / f"fold-{fold}"
        for place, (name, images) in enumerate((("validation", tested), ("test", tested), ("isic2019", IMAGES))):
            path = folder / "predictions" / f"{name}.parquet"
            write_table(draw(images, 10 * fold + place), path)
            files[name].append(str(path))
        path = folder / "training_ids.parquet"
        write_table(pd.DataFrame({"image_id": trained, "variant": "hflip", "label": "nv", "subset": "train"}), path)
        files["training_ids"].append(str(path))
    roles = ["official_test" if name in OFFICIAL else "test" for name in IMAGES]
    write_table(pd.DataFrame({"image_id": list(IMAGES), "role": roles}), tmp_path / "splits.parquet")
    return {**files, "isic2019_splits": str(tmp_path / "splits.parquet"), **maps_of(tmp_path)}


def maps_of(folder) -> dict:
    """CAMs of HAM10000's images and their true masks, as a job's inputs."""
    write_table(pd.DataFrame({"image_id": HAM10000, "has_mask": True}), folder / "manifest.parquet")
    np.save(folder / "masks.npy", np.ones((len(HAM10000), 4, 4), np.uint8))
    frame = pd.DataFrame({"image_id": HAM10000, "variant": "original", "predicted": "nv", "empty": False, "fold": 0})
    write_cams(frame, np.ones((len(HAM10000), 2, 2), np.float16), folder / "cams.parquet")
    files = {"rows": "manifest.parquet", "truth": "masks.npy", "cams": "cams.parquet"}
    return {name: str(folder / path) for name, path in files.items()} | {"lesions": []}


def evaluate(folder, inputs, lesion_dataset: str = "ham10000") -> dict:
    files = {
        "metrics": "metrics.json",
        "localisation": "l.parquet",
        "summary": "localisation.json",
        "cams": "c.parquet",
    }
    outputs = {name: str(folder / "cell" / path) for name, path in files.items()}
    tested = [inputs["test"]] if isinstance(inputs["test"], Path) else inputs["test"]
    networks = networks_of(["cls-none_sym-off"], {"cls-none_sym-off": [1]}, len(tested))
    testset = {"ham10000": "isic2019", "isic2016": "official_test"}[lesion_dataset]
    params = {"localisation": {}, "networks": networks, "source": "", "testset": testset}
    run_script("evaluate_lesion", folder, inputs | {"source": []}, outputs, params, {"lesion_dataset": lesion_dataset})
    assert read_json(folder / "cell/localisation.json")["images"] == len(HAM10000)
    cams = folder / "cell/c.parquet"
    assert cams.read_bytes() == Path(inputs["cams"]).read_bytes()
    # Snakemake touches outputs, and an input that is touched makes its job run again.
    assert not cams.samefile(inputs["cams"])
    return read_json(folder / "cell/metrics.json")


def test_the_script_writes_every_subset_and_the_detection_of_unknown_classes(tmp_path, cell):
    metrics = evaluate(tmp_path, cell)
    assert metrics["images"] == {
        "validation": 21,
        "test": 21,
        "isic2019": 5,
        "isic2019_trained": 1,
        "isic2019_untrained": 1,
        "isic2019_outside": 2,
        "isic2019_official": 1,
    }
    tables = [draw(IMAGES, 10 * fold + 2) for fold in range(2)]
    accuracy = {name: metrics[name]["accuracy"]["folds"] for name in SUBSETS}
    # Right are ham_1, ham_3 and new_1 in the first fold, ham_2, new_2 and official_1 in the second.
    assert accuracy == {
        "isic2019": [0.6, 0.4],
        "isic2019_trained": [0.5, 1.0],
        "isic2019_untrained": [1.0, 0.0],
        "isic2019_outside": [0.5, 0.5],
        "isic2019_official": [0.0, 1.0],
    }
    assert {name: (found["familiar"], found["unfamiliar"]) for name, found in metrics["unfamiliar"].items()} == {
        "scc_outside": (2, 1),
        "official_scc": (1, 1),
        "official_unk": (1, 1),
        "official_scc_unk": (1, 2),
    }
    for name, score in (("energy", _energy), ("max_softmax", _doubt)):
        expected = [
            roc_auc_score([0, 0, 1], score(table.set_index("image_id").loc[["new_1", "new_2_downsampled", "new_3"]]))
            for table in tables
        ]
        assert metrics["unfamiliar"]["scc_outside"][name]["folds"] == pytest.approx(expected)


def test_the_script_sets_further_metrics_beside_the_thesis_s(tmp_path, cell):
    metrics = evaluate(tmp_path, cell)
    table = draw({f"test_{name}_{k}": name for name in KNOWN for k in range(3)}, 1)
    probabilities = table[[f"prob_{name}" for name in KNOWN]].to_numpy()
    predicted = np.array(KNOWN)[probabilities.argmax(axis=1)]
    test = metrics["test"]
    assert test["balanced_accuracy"]["folds"][0] == pytest.approx(balanced_accuracy_score(table["label"], predicted))
    assert {"accuracy", "kappa", "macro_f1", "macro_auc", "ece", "brier", "melanoma_sensitivity_at_95"} <= set(test)
    assert {"temperature", "ece_scaled", "brier_scaled"} <= set(test) & set(metrics["validation"])
    # One temperature a fold, from validation.
    assert test["temperature"] == metrics["validation"]["temperature"]
    assert "temperature" not in metrics["isic2019"]
    melanoma = metrics["classes"]["test"]["mel"]
    assert melanoma["auc"]["folds"][0] == pytest.approx(roc_auc_score(table["label"] == "mel", table["prob_mel"]))
    assert melanoma["support"] == 3
    assert {"precision", "recall", "f1", "average_precision"} <= set(metrics["classes"]["validation"]["mel"])


def test_the_script_needs_nothing_of_isic2019_where_it_was_not_predicted(tmp_path):
    images = {f"image_{k}": ("benign", "malignant")[k % 2] for k in range(8)}
    files = {name: tmp_path / f"{name}.parquet" for name in ("validation", "test", "official_test")}
    for path, chosen in zip(files.values(), (images, images, {}), strict=True):
        write_table(draw(chosen, 3, ("benign", "malignant")), path)
    metrics = evaluate(tmp_path, {**files, **maps_of(tmp_path)}, "isic2016")
    assert metrics["images"] == {"validation": 8, "test": 8}
    assert metrics["unfamiliar"] == {}


def _energy(table: pd.DataFrame) -> pd.Series:
    return -table["logsumexp"]


def _doubt(table: pd.DataFrame) -> pd.Series:
    return -table[[f"prob_{name}" for name in KNOWN]].max(axis=1)
