"""The ranking of doubtful labels: its order, the favoured class, and what networks it listens to."""

import numpy as np
import pandas as pd
import pytest

from selcn.evaluation.label_audit.audit import StudyLabels, rankings
from selcn.evaluation.label_audit.costs import costs, worst_labels
from selcn.evaluation.label_audit.out_of_fold import mean_out_of_fold
from selcn.evaluation.label_audit.ranking import COLUMNS, doubtful, rank_labels
from selcn.storage.artifacts import write_table

NO_PREDICTIONS = NO_NEIGHBOURS = pd.DataFrame()


def images_of(labels: dict[str, str], **columns: dict) -> pd.DataFrame:
    """Return images without conflicts, by image_id; `columns` are what differs, by image_id."""
    table = pd.DataFrame({"image_id": list(labels), "label": list(labels.values())})
    defaults = {"shared_label": "", "lesion_label": "", "lesion_share": 0.0, "appearance": 0.0, "appearance_of": "fine"}
    for name, default in defaults.items():
        table[name] = [columns.get(name, {}).get(image_id, default) for image_id in labels]
    return table


def shares_of(rows: dict[str, list[float]], classes: str = "mel nv") -> pd.DataFrame:
    return pd.DataFrame(rows.values(), index=list(rows), columns=[f"prob_{name}" for name in classes.split()])


def predictions_of(rows: dict[str, list[float]], classes: str = "mel nv") -> pd.DataFrame:
    return shares_of(rows, classes).assign(networks=4.0, against=0.5, lesion_seen=0.0)


# Of equal frequency, and of equal mean probability: nothing is scaled.
LABELS = {"a": "nv", "b": "nv", "c": "mel", "d": "mel"}
PREDICTED = {"a": [0.7, 0.3], "b": [0.1, 0.9], "c": [0.4, 0.6], "d": [0.8, 0.2]}


def test_labels_are_ranked_by_the_margin_of_the_best_other_class():
    ranked = rank_labels(images_of(LABELS), predictions_of(PREDICTED), NO_NEIGHBOURS)
    assert ranked.columns.tolist() == list(COLUMNS)
    assert ranked["image_id"].tolist() == ["a", "c", "d", "b"]
    assert ranked["doubt"].tolist() == pytest.approx([0.4, 0.2, -0.6, -0.8])
    assert ranked["favoured"].tolist() == ["mel", "nv", "nv", "mel"]
    # Both thresholds are .6: a counts as melanoma, and c, which reaches it, as a nevus.
    assert ranked["evidence"].tolist() == ["networks", "networks", "", ""]


def test_probabilities_of_networks_count_at_the_frequencies_of_the_labels():
    """Networks that know nothing, trained as if classes were equal: each class has its frequency, 1/4 and 3/4."""
    labels = {"a": "nv", "b": "nv", "c": "nv", "d": "mel"}
    ranked = rank_labels(
        images_of(labels), predictions_of({image_id: [0.5, 0.5] for image_id in labels}), NO_NEIGHBOURS
    )
    assert ranked.set_index("image_id")["doubt"].to_dict() == pytest.approx({"a": -0.5, "b": -0.5, "c": -0.5, "d": 0.5})


def test_networks_and_neighbours_are_averaged():
    neighbours = shares_of({"a": [0.1, 0.9], "c": [0.0, 1.0], "d": [1.0, 0.0]})
    ranked = rank_labels(images_of(LABELS), predictions_of(PREDICTED), neighbours).set_index("image_id")
    # a: melanoma (.7 + .1) / 2, nevus (.3 + .9) / 2. b has no features.
    assert ranked["doubt"].to_dict() == pytest.approx({"c": 0.6, "a": -0.2, "d": -0.8, "b": -0.8})
    assert ranked.loc["c", "evidence"] == "networks; neighbours"
    assert ranked.loc["a", "evidence"] == "networks"
    assert ranked.loc["c", "neighbours_share"] == 1


def test_contradicted_labels_come_first_unless_classes_are_defined_differently():
    labels = LABELS | {"e": "akiec", "f": "akiec"}
    images = images_of(
        labels, lesion_label={"b": "mel"}, shared_label={"e": "scc", "f": "bkl"}, appearance={"d": 9.0, "e": 9.0}
    )
    ranked = rank_labels(images, predictions_of(PREDICTED), NO_NEIGHBOURS)
    # f is contradicted, too, but has no prediction; e differs by definition.
    assert ranked["image_id"].tolist() == ["b", "f", "a", "c", "d", "e"]
    assert ranked["favoured"].tolist() == ["mel", "", "mel", "nv", "nv", ""]
    evidence = ["lesion", "data set", "networks", "networks", "appearance", "data set; appearance"]
    assert ranked["evidence"].tolist() == evidence
    assert doubtful(ranked)["image_id"].tolist() == ["b", "f", "a", "c", "e"]


def test_a_label_with_less_support_than_another_class_is_listed_without_evidence_by_name():
    predicted = {"a": [0.55, 0.45], "b": [0.05, 0.95], "c": [0.65, 0.35], "d": [0.75, 0.25]}
    ranked = rank_labels(images_of(LABELS), predictions_of(predicted), NO_NEIGHBOURS)
    assert ranked.loc[0, ["image_id", "evidence"]].tolist() == ["a", ""]
    assert doubtful(ranked)["image_id"].tolist() == ["a"]


def test_a_diagnosis_favours_its_malignancy_where_labels_have_no_more():
    labels = {"a": "benign", "b": "malignant"}
    ranked = rank_labels(images_of(labels, shared_label={"a": "mel"}), NO_PREDICTIONS, NO_NEIGHBOURS)
    assert ranked[["image_id", "favoured"]].to_numpy().tolist() == [["a", "malignant"], ["b", ""]]
    assert ranked["doubt"].isna().all()


def test_networks_trained_on_an_image_say_nothing_of_it_and_those_of_its_lesion_are_counted():
    def table(rows: dict[str, float], variant: str = "original") -> pd.DataFrame:
        frame = pd.DataFrame({"image_id": list(rows), "label": "nv", "variant": variant})
        return frame.assign(prob_mel=list(rows.values()), prob_nv=[1 - value for value in rows.values()])

    groups = pd.Series({"x": "L", "y": "L", "z": "M"})
    networks = [
        (table({"x_downsampled": 0.9, "y": 0.8, "z": 0.6}), pd.Series(["x", "x"])),
        (pd.concat([table({"x_downsampled": 0.4, "z": 0.1}), table({"z": 1.0}, "hflip")]), pd.Series(["other"])),
    ]
    found = mean_out_of_fold(networks, groups)
    assert found["networks"].to_dict() == {"x_downsampled": 1, "y": 1, "z": 2}
    assert found["prob_mel"].to_dict() == pytest.approx({"x_downsampled": 0.4, "y": 0.8, "z": 0.35})
    assert found["against"].to_dict() == {"x_downsampled": 0, "y": 1, "z": 0.5}
    assert found["lesion_seen"].to_dict() == {"x_downsampled": 0, "y": 1, "z": 0}


def test_a_study_of_two_data_sets_is_ranked_one_by_one(tmp_path):
    """Of 40 images with clear features and predictions, the two whose labels were swapped come first."""
    rng = np.random.default_rng(6)
    ids, true = [f"i{k}" for k in range(40)], np.array(["nv", "mel"] * 20)
    given = true.copy()
    given[[4, 7]] = given[[7, 4]]
    direction = np.where(true == "nv", 1.0, -1.0)
    features = np.stack([direction, np.ones(40)], axis=1)[:, :, None, None] + rng.normal(0, 0.1, (40, 2, 1, 1))
    np.save(tmp_path / "features.npy", features.astype(np.float16))
    write_table(pd.DataFrame({"image_id": ids, "variant": "original"}), tmp_path / "rows.parquet")
    probability = 0.5 + 0.3 * direction
    table = pd.DataFrame({"image_id": ids, "variant": "original", "label": given})
    write_table(table.assign(prob_mel=1 - probability, prob_nv=probability), tmp_path / "predictions.parquet")
    write_table(pd.DataFrame({"image_id": ["other"]}), tmp_path / "trained.parquet")
    images = pd.DataFrame({"dataset": "ham10000", "image_id": ids, "label": given, "group": ids})
    other = pd.DataFrame({"dataset": "symderm", "image_id": ["s"], "label": "symmetric", "group": ["s"]})
    study = StudyLabels(
        pd.concat([images, other], ignore_index=True).assign(appearance=0.0, appearance_of="fine"),
        {"ham10000": [(str(tmp_path / "predictions.parquet"), str(tmp_path / "trained.parquet"))], "symderm": []},
        {"ham10000": (str(tmp_path / "features.npy"), str(tmp_path / "rows.parquet"))},
    )
    ranked = rankings(study, neighbours=5)
    assert ranked["dataset"].tolist() == ["ham10000"] * 40 + ["symderm"]
    assert ranked["rank"].tolist() == [*range(1, 41), 1]
    assert set(ranked["image_id"][:2]) == {"i4", "i7"}
    assert ranked["evidence"][:2].tolist() == ["networks; neighbours"] * 2
    assert (ranked["evidence"][2:] == "").all()


def test_costs_are_those_of_metrics_computed_by_hand():
    ranking = pd.DataFrame({"image_id": ["t", "a", "b", "c"], "favoured": ["nv", "mel", "bkl", "nv"]})
    worst = worst_labels(ranking, pd.Series(["a", "b", "c", "d"]), 0.25)
    assert worst["image_id"].tolist() == ["a"]
    table = pd.DataFrame({"image_id": [*"abcd"], "label": ["nv", "nv", "mel", "mel"], "prob_mel": [0.9, 0.2, 0.9, 0.4]})
    table["prob_nv"] = 1 - table["prob_mel"]
    other = table.assign(prob_mel=0.0, prob_nv=1.0)
    found = costs([table, other], worst).set_index(["metric", "labels"])["value"]
    # The first network predicts mel, nv, mel, nv, the second nv throughout.
    expected = {
        ("accuracy", "published"): (2 / 4 + 2 / 4) / 2,
        ("accuracy", "favoured"): (3 / 4 + 1 / 4) / 2,
        ("accuracy", "left_out"): (2 / 3 + 1 / 3) / 2,
        ("balanced_accuracy", "published"): 0.5,
        ("balanced_accuracy", "favoured"): ((2 / 3 + 1) / 2 + (0 + 1) / 2) / 2,
        ("balanced_accuracy", "left_out"): ((1 / 2 + 1) / 2 + (0 + 1) / 2) / 2,
        ("macro_f1", "published"): ((1 / 2 + 1 / 2) / 2 + (0 + 2 / 3) / 2) / 2,
        ("macro_f1", "favoured"): ((4 / 5 + 2 / 3) / 2 + (0 + 2 / 5) / 2) / 2,
        ("macro_f1", "left_out"): ((2 / 3 + 2 / 3) / 2 + (0 + 1 / 2) / 2) / 2,
    }
    assert found.to_dict() == pytest.approx(expected)


def test_a_favoured_class_that_networks_do_not_know_changes_no_label():
    table = pd.DataFrame({"image_id": ["a", "b", "c"], "label": ["nv", "mel", "nv"], "prob_mel": [0.1, 0.9, 0.8]})
    table["prob_nv"] = 1 - table["prob_mel"]
    worst = pd.DataFrame({"image_id": ["a"], "favoured": [""]})
    found = costs([table], worst).set_index(["metric", "labels"])
    assert found.loc[("accuracy", "favoured"), "difference"] == 0
