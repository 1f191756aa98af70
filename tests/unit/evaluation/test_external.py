"""An external set by what networks have seen, against sets counted by hand and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, recall_score, roc_auc_score

from selcn.evaluation.external import (
    ExternalSettings,
    metrics_of_external,
    metrics_of_unseen,
    rates_of_folds,
    subsets_of,
    unseen_by_all,
)
from selcn.report.tables.blocks import as_markdown
from selcn.report.tables.external import external_blocks, external_values

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
        assert {"macro_auc", "temperature", "melanoma_sensitivity_at_90"} <= set(metrics[name])
        assert {"ece", "ece_scaled", "brier", "brier_scaled"} <= set(metrics[name])
    assert metrics["images"] == {"all": 3, "seen": 1, "unseen": 2, "outside": 2}


def test_sensitivity_and_specificity_of_a_class_are_its_recall_and_that_of_the_others():
    generator = np.random.default_rng(5)
    names = ("a", "b", "c", "d")
    folds = []
    for _ in range(2):
        drawn = generator.dirichlet(np.ones(4), 30)
        table = pd.DataFrame({"image_id": range(30), "label": generator.choice(names[:3], 30)})
        folds.append(table.assign(**{f"prob_{name}": drawn[:, k] for k, name in enumerate(names)}))
    rates = rates_of_folds(folds)
    for k, table in enumerate(folds):
        predicted = np.array(names)[table.filter(regex="^prob_").to_numpy().argmax(axis=1)]
        for name in names[:3]:
            truth, said = table["label"] == name, predicted == name
            assert rates[name]["sensitivity"]["folds"][k] == pytest.approx(recall_score(truth, said))
            assert rates[name]["specificity"]["folds"][k] == pytest.approx(recall_score(~truth, ~said))
    # No image is of the last class.
    assert np.isnan(rates["d"]["sensitivity"]["mean"])
    assert 0 <= rates["d"]["specificity"]["mean"] <= 1


def test_unseen_by_all_networks_are_the_lesions_that_none_was_trained_on():
    tables = [predictions(LABELS, seed) for seed in (1, 2)]
    trained = [pd.Series(["h1"]), pd.Series(["h2", "c3"])]
    unseen = unseen_by_all(tables, GROUPS, "clinic", trained)
    assert [list(table["image_id"]) for table in unseen] == [["c2"], ["c2"]]
    assert unseen[1].equals(tables[1].iloc[[1]])


SETTINGS = ExternalSettings(sensitivities=(0.9,), resamples=20, seed=3)
PATIENTS = pd.DataFrame(
    {
        "image_id": ["c2", "c3", "c1"],
        "group": ["c2", "c3", "A"],
        "age": np.float32([40, 50, np.nan]),
        "sex": ["female", "male", "male"],
        "site": None,
        "source": "clinic",
    }
)


def test_what_needs_common_images_is_the_same_in_any_order_of_rows():
    validation = [predictions({f"v{i}": CLASSES[i % 2] for i in range(20)}, seed) for seed in (3, 4)]
    tables = [predictions(LABELS, seed).iloc[:3] for seed in (1, 2)]
    measured = metrics_of_unseen(validation, tables, PATIENTS, SETTINGS)
    turned = metrics_of_unseen(validation, [tables[0], tables[1].iloc[::-1]], PATIENTS.iloc[::-1], SETTINGS)
    assert repr(measured) == repr(turned)
    assert {row["decision"] for row in measured["thresholds"]} == {"malignant"}
    assert {row["kind"] for row in measured["subgroups"]} == {"all", "sex", "age", "source"}
    assert {row["kind"] for row in measured["gaps"]} == {"sex", "age"}


def test_without_unseen_images_nothing_of_them_is_measured():
    assert metrics_of_unseen([], [predictions(LABELS, 1).iloc[:0]], PATIENTS, SETTINGS) == {}


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
    of_class = values[(values["class"] == "mel") & (values["part"] == "unseen")].set_index(["cell", "metric"])
    sensitivity = of_class.loc[("cls-seg_sym-off", "sensitivity")]
    assert sensitivity["mean"] == metrics["classes"]["unseen"]["mel"]["sensitivity"]["mean"]
    assert (sensitivity["images"], sensitivity["networks"]) == (1, 2)
    values_of_all = values[values["class"] == ""]
    row = values_of_all[(values_of_all["part"] == "all") & (values_of_all["metric"] == "accuracy")].iloc[0]
    assert (row["cell"], row["images"], row["networks"]) == ("cls-none_sym-off", 3, 2)
    assert row["mean"] == metrics["all"]["accuracy"]["mean"]
    shown = ["cls-none_sym-off"]
    text = as_markdown(external_blocks(values, "Our clinic", "thesis", ["A note."], demo=True, shown=shown))
    assert text.startswith("# Lesion classification on Our clinic\n\n> **Demo data.**")
    # Three subsets with their calibration, detection, and classes.
    assert text.count("| # ") == 3 * 2 + 1 + 1
    assert text.count("### Calibration") == 3
    classes = text[text.index("## Classes: lesions that the networks were not trained on") :]
    assert [line.split("|")[4].strip() for line in classes.splitlines() if line.startswith("| 1 ")] == [
        "Melanoma",
        "Nevus",
    ]
    assert "## Lesions that the networks were not trained on\n\n2 images." in text
    assert text.endswith("- A note.\n")
    assert f"{row['mean']:.3f} ± {row['sd']:.3f}" in text


def test_a_table_of_failed_cells_says_so():
    text = as_markdown(external_blocks(external_values({}), "Our clinic", "thesis", [], demo=False, shown=[]))
    assert "No values: every cell failed" in text
