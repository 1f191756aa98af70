"""Confusion matrices counted from the scripts' strings, against scikit-learn on the stored predictions."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from declared import LESION_CLASSES
from jobs import run_script
from report_scripts import read_script
from selcn.design.classes import SYMMETRY_CLASSES
from selcn.design.datasets import DATASETS, ROLES, tell_datasets
from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.isic2019 import subsets_of
from selcn.report.viewer_data.overview import ProtocolResults
from selcn.report.viewer_data.predictions import Predictions
from selcn.report.viewer_data.subsets import model_of
from selcn.report.viewer_data.subsets import subsets_of as shown_subsets
from selcn.storage.artifacts import read_table, write_json, write_table
from selcn.training.classification import prediction_table

SEEDS, FOLDS = (1, 2), (0, 1)
CELLS = ("cls-none_sym-off", "cls-seg_sym-lae")
NETWORKS = [
    *(TrainedNetwork("lesion", "ham10000", cell, fold, seed) for cell in CELLS for seed in SEEDS for fold in FOLDS),
    *(TrainedNetwork("lesion", "isic2016", CELLS[0], fold, 1) for fold in FOLDS),
    *(TrainedNetwork("symmetry", "symderm", "none", fold) for fold in FOLDS),
]
MODELS = list(dict.fromkeys(map(model_of, NETWORKS)))
HAM10000 = [f"ham_{k}" for k in range(30)]
ISIC2019 = ["ham_0_downsampled", "ham_1", *(f"new_{k}" for k in range(12)), *(f"official_{k}" for k in range(5))]


def drawn(rng, ids: list[str], classes, labels=None, variants=("original",)) -> pd.DataFrame:
    """Return random predictions of images, in every variant; `labels`: their classes, by turns, if not `classes`."""
    every = [(name, variant) for name in ids for variant in variants]
    truth = dict(zip(ids, itertools.cycle(labels or classes), strict=False))
    samples = pd.DataFrame(every, columns=["image_id", "variant"])
    samples["label"] = samples["image_id"].map(truth)
    return prediction_table(samples, rng.normal(size=(len(samples), len(classes))), classes)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Predictions of two seeds and folds on disk, none of ISIC2016's official test set; inputs and parameters."""
    tmp_path, rng, files = tmp_path_factory.mktemp("study"), np.random.default_rng(3), []
    for number, net in enumerate(NETWORKS):
        classes = SYMMETRY_CLASSES if net.stage == "symmetry" else LESION_CLASSES[net.dataset]
        held_out = [f"dev_{k}" for k in range(net.fold, 20, 2)]
        sets = {
            "test": drawn(rng, HAM10000[:11], classes),
            "validation": drawn(rng, held_out, classes, variants=("hflip", "original")),
        }
        if net.dataset == "ham10000":
            sets["isic2019"] = drawn(rng, ISIC2019, classes, labels=[*classes, "scc"])
        if net.dataset == "isic2016":
            sets["official_test"] = drawn(rng, ["x"], classes).iloc[:0]
        for name, table in sets.items():
            path = tmp_path / str(number) / f"{name}.parquet"
            write_table(table, path)
            files.append(((net, name), str(path)))
    roles = ["official_test" if name.startswith("official") else "test" for name in ISIC2019]
    write_table(pd.DataFrame({"image_id": ISIC2019, "role": roles}), tmp_path / "isic2019.parquet")
    write_table(pd.DataFrame({"image_id": HAM10000}), tmp_path / "rows.parquet")
    for number, _ in enumerate(MODELS):
        write_json({}, tmp_path / f"metrics-{number}.json")
    return {
        "inputs": {
            "predictions": [path for _, path in files],
            "metrics": [str(tmp_path / f"metrics-{number}.json") for number, _ in enumerate(MODELS)],
            "external": [str(tmp_path / "isic2019.parquet")],
            "rows": str(tmp_path / "rows.parquet"),
        },
        "shown": {"models": MODELS, "predictions": [key for key, _ in files]},
        "paths": dict(files),
    }


def write(study, inputs: dict, folder) -> dict[tuple[str, str], dict]:
    """Write the matrices; return each by data set and subset."""
    report = folder / "report"
    outputs = {f"m{k}": str(report / f"{subset.script('thesis')}.js") for k, subset in enumerate(shown_subsets())}
    params = {"shown": study["shown"]}
    run_script("write_matrices", folder, study["inputs"] | inputs, outputs, params, {"protocol": "thesis"})
    found = {}
    for subset, path in zip(shown_subsets(), outputs.values(), strict=True):
        name, value = read_script(path)
        assert name == f"matrices/thesis-{subset.dataset}-{subset.name}"
        found[subset.dataset, subset.name] = value
    return found


@pytest.fixture(scope="module")
def matrices(study, tmp_path_factory):
    return write(study, {}, tmp_path_factory.mktemp("matrices"))


def counted(matrix: dict, predicted: str) -> np.ndarray:
    """Count a confusion matrix as the viewer does."""
    out = np.zeros((len(matrix["classes"]),) * 2, int)
    for label, guess in zip(matrix["labels"], predicted, strict=True):
        if guess != "-":
            out[int(label, 36), int(guess, 36)] += 1
    return out


def by_sklearn(table: pd.DataFrame, classes: list[str]) -> np.ndarray:
    guess = table[[f"prob_{name}" for name in classes]].to_numpy().argmax(axis=1)
    return confusion_matrix(table["label"], np.asarray(classes)[guess], labels=classes)


@pytest.mark.parametrize("subset", ["test", "validation"])
def test_a_network_has_the_confusion_matrix_of_its_predictions(matrices, study, subset):
    matrix = matrices["ham10000", subset]
    for cell in CELLS:
        entry = matrix["models"][cell]
        assert entry["networks"] == [f"seed {seed}, fold {fold}" for seed in SEEDS for fold in FOLDS]
        networks = [net for net in NETWORKS if (net.dataset, net.model) == ("ham10000", cell)]
        for net, predicted in zip(networks, entry["predicted"], strict=True):
            table = read_table(study["paths"][net, subset])
            assert (counted(matrix, predicted) == by_sklearn(table, matrix["classes"])).all()


def test_the_mean_is_over_the_networks_that_predicted_the_image(matrices, study):
    matrix = matrices["ham10000", "validation"]
    assert set(matrix["variants"]) == {"hflip", "original"}
    for cell in CELLS:
        networks = [net for net in NETWORKS if (net.dataset, net.model) == ("ham10000", cell)]
        tables = [read_table(study["paths"][net, "validation"]).set_index(["image_id", "variant"]) for net in networks]
        entry = matrix["models"][cell]
        for k, key in enumerate(zip(matrix["images"], matrix["variants"], strict=True)):
            rows = [table.loc[key].filter(like="prob_").to_numpy(float) for table in tables if key in table.index]
            assert len(rows) == len(SEEDS)
            mean = np.mean(rows, axis=0)
            assert int(entry["mean"][k], 36) == mean.argmax()
            assert entry["probability"][k] == pytest.approx(10_000 * mean.max(), abs=0.51)
            absent = [predicted[k] == "-" for predicted in entry["predicted"]]
            assert absent == [key not in table.index for table in tables]


@pytest.mark.parametrize("subset", ["isic2019", "isic2019_outside"])
def test_isic2019_has_the_subsets_that_cells_are_evaluated_on(matrices, study, subset):
    matrix = matrices["isic2019", subset]
    table = read_table(study["paths"][NETWORKS[0], "isic2019"])
    official = [name for name in ISIC2019 if name.startswith("official")]
    evaluated = subsets_of(table, official, HAM10000, ())[subset]
    assert sorted(matrix["images"]) == sorted(evaluated["image_id"])
    assert "scc" not in set(evaluated["label"])
    predicted = matrix["models"][CELLS[0]]["predicted"][0]
    assert (counted(matrix, predicted) == by_sklearn(evaluated, matrix["classes"])).all()


def test_other_networks_have_matrices_of_their_own(matrices, study):
    matrix = matrices["symderm", "test"]
    assert matrix["task"] == "symmetry"
    assert matrix["models"]["none"]["networks"] == ["fold 0", "fold 1"]
    for net, predicted in zip(NETWORKS[-2:], matrix["models"]["none"]["predicted"], strict=True):
        table = read_table(study["paths"][net, "test"])
        assert (counted(matrix, predicted) == by_sklearn(table, [*SYMMETRY_CLASSES])).all()
    assert list(matrices["isic2016", "test"]["models"]) == [CELLS[0]]
    assert "variants" not in matrices["isic2016", "test"]


def test_a_failed_cell_and_a_test_set_without_images_have_no_entry(study, tmp_path):
    metrics = [*study["inputs"]["metrics"]]
    metrics[MODELS.index(model_of(NETWORKS[0]))] = str(tmp_path / "failed.json")
    write_json({"failed": "constant logits"}, tmp_path / "failed.json")
    found = write(study, {"metrics": metrics}, tmp_path)
    assert list(found["ham10000", "test"]["models"]) == [CELLS[1]]
    assert list(found["isic2019", "isic2019"]["models"]) == [CELLS[1]]
    assert found["isic2016", "official_test"]["models"] == {}
    assert found["isic2016", "official_test"]["images"] == []


def test_models_of_other_images_are_refused(study, tmp_path):
    path = study["paths"][next(net for net in NETWORKS if net.model == CELLS[1]), "test"]
    write_table(read_table(path).replace({"image_id": {HAM10000[0]: "other"}}), tmp_path / "other.parquet")
    predictions = [str(tmp_path / "other.parquet") if one == path else one for one in study["inputs"]["predictions"]]
    with pytest.raises(ValueError, match="12 images are predicted, expected the 11"):
        write(study, {"predictions": predictions}, tmp_path)


def test_an_external_set_of_one_s_own_has_a_matrix_of_the_networks_classes(study, tmp_path):
    tell_datasets({**DATASETS, "clinic": "Our clinic"}, {**ROLES, "further": ["clinic"]})
    rng, classes, paths = np.random.default_rng(5), LESION_CLASSES["ham10000"], {}
    for number, net in enumerate(net for net in NETWORKS if net.dataset == "ham10000"):
        paths[net] = str(tmp_path / f"{number}.parquet")
        write_table(drawn(rng, [f"clinic_{k}" for k in range(17)], classes, [*classes, "scc"]), paths[net])
    shown = study["shown"] | {"predictions": [*study["shown"]["predictions"], *((net, "clinic") for net in paths)]}
    predictions = [*study["inputs"]["predictions"], *paths.values()]
    matrix = write({**study, "shown": shown}, {"predictions": predictions}, tmp_path)["clinic", "clinic"]
    # Every eighth image is of the class outside.
    assert matrix["images"] == sorted(f"clinic_{k}" for k in range(17) if k % 8 != 7)
    networks = [net for net in paths if net.model == CELLS[0]]
    for net, predicted in zip(networks, matrix["models"][CELLS[0]]["predicted"], strict=True):
        table = read_table(paths[net])
        inside = table[table["label"] != "scc"]
        assert (counted(matrix, predicted) == by_sklearn(inside, matrix["classes"])).all()
    opened = Predictions(dict(zip(shown["predictions"], predictions, strict=True)))
    metrics = {model: {"images": {"test": 11}} for model in MODELS}
    results = ProtocolResults("thesis", None, None, metrics, opened, {}, pd.DataFrame())
    listed = {entry["name"]: entry["title"] for entry in results.matrices()}
    assert listed["matrices/thesis-clinic-clinic"] == "Our clinic, the networks' classes"
    assert "matrices/thesis-ham10000-test" in listed
    assert "matrices/thesis-isic2016-official_test" not in listed
    for path in paths.values():
        write_table(read_table(path).query("label == 'scc'"), path)
    assert "matrices/thesis-clinic-clinic" not in {entry["name"] for entry in results.matrices()}
