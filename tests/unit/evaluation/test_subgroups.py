"""Subgroups, and intervals from resamples of whole lesions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from jobs import run_script
from selcn.evaluation.bootstrap import lesion_weights, weighted_accuracy, weighted_auc, weighted_balanced_accuracy
from selcn.evaluation.subgroups import COLUMNS, GAP_COLUMNS, measure_gaps, measure_subgroups, subgroups_of
from selcn.storage.artifacts import read_table, write_json, write_table
from simulated_files import Images, networks_of, write_predictions

CELL = "cls-none_sym-off"
SEEDS = {CELL: [1, 2], "cls-seg_sym-off": [1]}
CLASSES = ["bkl", "mel", "nv"]


def study(images: int = 90, seed: int = 0) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return predictions of two folds and the patients of their images, two images a lesion."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"i{k:03d}" for k in range(images)])
    label = np.repeat(rng.choice(CLASSES, images // 2), 2)
    folds = []
    for _ in range(2):
        probabilities = rng.dirichlet(np.ones(3), images) + 0.5 * (label[:, None] == np.array(CLASSES))
        columns = {f"prob_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)}
        table = pd.DataFrame({"image_id": ids, "variant": "original", "label": label, **columns})
        folds.append(table.iloc[rng.permutation(images)])
    patients = pd.DataFrame(
        {
            "image_id": ids,
            "group": np.repeat(ids[::2], 2),
            "age": np.float32(rng.choice([0, 39, 40, 85, np.nan], images)),
            "sex": rng.choice(["female", "male", None], images),
            "site": None,
            "source": "vidir",
        }
    )
    return folds, patients.iloc[rng.permutation(images)]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# Resamples


def test_a_resample_has_as_many_lesions_as_there_are_and_all_images_of_each():
    groups = np.array(["b", "a", "b", "c", "b"])
    weights = lesion_weights(groups, 500, rng())
    assert weights.shape == (500, 5)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(1) == 3).all()
    np.testing.assert_allclose(weights.mean(0), 1, atol=0.15)
    assert (weights[:, 0] == 0).any()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), images=st.integers(4, 40))
def test_metrics_under_resamples_equal_scikit_learn_with_weights(seed, images):
    generator = np.random.default_rng(seed)
    label = np.array(["mel", "nv", *generator.choice(CLASSES, images)])
    predicted, score = generator.choice(CLASSES, len(label)), generator.integers(0, 5, len(label)) / 4
    weights = lesion_weights(generator.integers(0, 5, len(label)), 4, generator) + np.array([[1], [1], [1], [0]])
    positive = label == "mel"
    accuracy = weighted_accuracy(predicted == label, weights)
    balanced = weighted_balanced_accuracy(predicted == label, label, weights)
    auc = weighted_auc(positive, score, weights)
    for k, weight in enumerate(weights):
        drawn = weight > 0
        assert accuracy[k] == pytest.approx(sklearn_metrics.accuracy_score(label, predicted, sample_weight=weight))
        recall = sklearn_metrics.recall_score(
            label[drawn],
            predicted[drawn],
            labels=np.unique(label[drawn]),
            average="macro",
            sample_weight=weight[drawn],
            zero_division=0,
        )
        assert balanced[k] == pytest.approx(recall)
        if positive[drawn].all() or not positive[drawn].any():
            assert np.isnan(auc[k])
        else:
            assert auc[k] == pytest.approx(sklearn_metrics.roc_auc_score(positive, score, sample_weight=weight))


# Subgroups


def test_ages_are_told_by_decade_and_what_is_missing_is_a_subgroup():
    patients = study()[1]
    found = subgroups_of(patients)
    assert list(found.columns) == ["sex", "age", "source"]
    ages = dict(zip(patients["age"].fillna(-1), found["age"], strict=True))
    assert ages == {0: "0-9", 39: "30-39", 40: "40-49", 85: "80-89", -1: "unknown"}
    assert set(found["sex"]) == {"female", "male", "unknown"}


def test_subgroups_are_measured_on_their_own_images_averaged_over_folds():
    folds, patients = study()
    table = measure_subgroups(folds, patients, 200, rng())
    assert list(table.columns) == list(COLUMNS)
    assert table["kind"].unique().tolist() == ["all", "sex", "age", "source"]
    women = patients.loc[patients["sex"] == "female"]
    rows = table[(table["kind"] == "sex") & (table["subgroup"] == "female")].set_index("metric")
    assert set(rows["images"]) == {len(women)}
    assert set(rows["lesions"]) == {women["group"].nunique()}
    scores = {"accuracy": [], "balanced_accuracy": [], "melanoma_auc": []}
    for fold in folds:
        chosen = fold[fold["image_id"].isin(women["image_id"])]
        predicted = np.array(CLASSES)[chosen[[f"prob_{name}" for name in CLASSES]].to_numpy().argmax(1)]
        scores["accuracy"].append(sklearn_metrics.accuracy_score(chosen["label"], predicted))
        scores["balanced_accuracy"].append(sklearn_metrics.balanced_accuracy_score(chosen["label"], predicted))
        scores["melanoma_auc"].append(sklearn_metrics.roc_auc_score(chosen["label"] == "mel", chosen["prob_mel"]))
    assert rows["value"].to_dict() == pytest.approx({name: np.mean(values) for name, values in scores.items()})
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_the_same_generator_gives_the_same_intervals_whatever_the_order_of_rows():
    folds, patients = study()
    one = measure_subgroups(folds, patients, 50, rng())
    other = measure_subgroups([fold.iloc[::-1] for fold in folds], patients.iloc[::-1], 50, rng())
    pd.testing.assert_frame_equal(one, other)


def test_intervals_are_wider_where_images_of_one_lesion_hang_together():
    folds, patients = study(400)
    # Both images of a lesion are right or wrong together, as if there were half as many.
    folds = [fold.sort_values("image_id", ignore_index=True) for fold in folds]
    columns = [f"prob_{name}" for name in CLASSES]
    for fold in folds:
        fold.loc[1::2, columns] = fold.loc[::2, columns].to_numpy()
    widths = []
    for groups in (patients["group"], patients["image_id"]):
        table = measure_subgroups(folds, patients.assign(group=groups), 1000, rng()).set_index(["kind", "metric"])
        widths.append(table.loc[("all", "accuracy"), "high"] - table.loc[("all", "accuracy"), "low"])
    assert widths[0] / widths[1] == pytest.approx(2**0.5, rel=0.15)


def test_what_is_undefined_in_a_subgroup_is_missing_and_resamples_are_counted():
    folds, patients = study()
    ids = folds[0].loc[folds[0]["label"] == "nv", "image_id"]
    nevi = patients.assign(sex=np.where(patients["image_id"].isin(ids), "male", "female"))
    table = measure_subgroups(folds, nevi, 100, rng()).set_index(["kind", "subgroup", "metric"])
    assert table.loc[("sex", "male", "melanoma_auc"), ["value", "low", "high"]].isna().all()
    assert table.loc[("sex", "male", "melanoma_auc"), "draws"] == 0
    assert table.loc[("sex", "male", "accuracy"), "draws"] == 100
    lone = folds[0]["image_id"].isin(folds[0].groupby("label")["image_id"].min())
    few = measure_subgroups([folds[0][lone]], patients, 400, rng()).set_index(["kind", "metric"])
    assert 0 < few.loc[("all", "melanoma_auc"), "draws"] < 400


def test_skin_types_and_tones_are_subgroups_where_they_are_known():
    patients = study()[1].assign(skin_type=np.where(np.arange(90) < 30, "II", None), skin_tone=None)
    found = subgroups_of(patients)
    assert list(found.columns) == ["sex", "age", "source", "skin_type"]
    assert found["skin_type"].value_counts().to_dict() == {"unknown": 60, "II": 30}


# Gaps


def test_a_gap_is_the_subgroup_minus_the_others_of_known_subgroup():
    folds, patients = study()
    table = measure_gaps(folds, patients, 200, rng())
    assert list(table.columns) == list(GAP_COLUMNS)
    # All images are of one source: there are no others.
    assert set(table["kind"]) == {"sex", "age"}
    assert "unknown" not in set(table["subgroup"])
    values = measure_subgroups(folds, patients, 10, rng()).set_index(["kind", "subgroup", "metric"])
    gaps = table.set_index(["kind", "subgroup", "metric"])
    for metric in ("accuracy", "balanced_accuracy", "melanoma_auc"):
        women, men = (values.loc[("sex", sex, metric), "value"] for sex in ("female", "male"))
        assert gaps.loc[("sex", "female", metric), "gap"] == pytest.approx(women - men)
        assert gaps.loc[("sex", "male", metric), "gap"] == pytest.approx(men - women)
    assert gaps.loc[("sex", "female", "accuracy"), "others"] == (patients["sex"] == "male").sum()
    assert (table["gap_low"] <= table["gap"]).all()
    assert (table["gap"] <= table["gap_high"]).all()


def test_both_sides_of_a_gap_share_the_resamples_of_lesions():
    """Two images a lesion, one of each sex, both right or both wrong: whatever is resampled, there is no gap."""
    folds, patients = study()
    folds = [fold.sort_values("image_id", ignore_index=True) for fold in folds]
    columns = [f"prob_{name}" for name in CLASSES]
    for fold in folds:
        fold.loc[1::2, columns] = fold.loc[::2, columns].to_numpy()
    patients = patients.sort_values("image_id").assign(sex=["female", "male"] * 45)
    table = measure_gaps(folds, patients, 100, rng())
    rows = table[table["kind"] == "sex"]
    assert rows[["gap", "gap_low", "gap_high"]].to_numpy() == pytest.approx(np.zeros((6, 3)))


@pytest.mark.filterwarnings("error")
def test_a_gap_of_a_rare_subgroup_is_over_the_resamples_that_have_it():
    folds, patients = study()
    patients = patients.assign(sex=np.where(patients["image_id"] == "i000", "female", "male"))
    row = measure_gaps(folds, patients, 100, rng()).set_index(["subgroup", "metric"]).loc[("female", "accuracy")]
    assert np.isfinite(row[["gap", "gap_low", "gap_high"]].astype(float)).all()


def test_predictions_that_do_not_fit_are_refused():
    folds, patients = study()
    with pytest.raises(ValueError, match="not of the same images"):
        measure_subgroups([folds[0], folds[1].iloc[1:]], patients, 10, rng())
    with pytest.raises(ValueError, match="not of the same images"):
        measure_subgroups([pd.concat([folds[0], folds[0]])], patients, 10, rng())
    with pytest.raises(ValueError, match="i003 is predicted"):
        measure_subgroups(folds, patients[patients["image_id"] != "i003"], 10, rng())


# The rule's script


def script_inputs(folder):
    """Predictions of two cells on both test sets, ISIC2019's with what is to be left out, and the images' patients."""
    generator = np.random.default_rng(0)
    ham10000, isic2019 = (Images.drawn(name, 60, 90, generator) for name in ("ham10000", "isic2019"))
    # Of ISIC2019 one image is HAM10000's, one of an unknown class and one of a lesion that was trained on.
    isic2019.image_id[0] = f"{ham10000.image_id[5]}_downsampled"
    inputs = {"groups": folder / "groups.parquet", "splits": [folder / "splits.parquet"]}
    write_table(pd.concat([ham10000.groups(), isic2019.groups()]), inputs["groups"])
    inputs["metrics"] = [folder / cell / "metrics.json" for cell in SEEDS]
    for path in inputs["metrics"]:
        write_json({}, path)
    inputs["masks"] = [folder / "masks.parquet"]
    write_table(pd.DataFrame({"lesion_found": [True, False], "x0": 0, "x1": 8}), inputs["masks"][0])
    role = np.where(np.arange(90) == 1, "seen", "test")
    write_table(pd.DataFrame({"image_id": isic2019.image_id, "role": role}), inputs["splits"][0])
    for images, name in ((ham10000, "test"), (isic2019, "isic2019")):
        patients = pd.DataFrame({"image_id": images.image_id, "age": np.float32(45), "sex": "female"})
        inputs[f"{images.dataset}_index"] = folder / f"{images.dataset}.parquet"
        write_table(patients.assign(site=None, source=images.dataset), inputs[f"{images.dataset}_index"])
        inputs[images.dataset] = write_predictions(
            folder, images, {CELL: 0.8, "cls-seg_sym-off": 0.7}, SEEDS, 2, generator, name
        )
    for path in inputs["isic2019"]:
        table = read_table(path)
        table.loc[2, "label"] = "scc"
        write_table(table, path)
    return inputs


def test_the_script_measures_every_cell_and_shows_some(tmp_path):
    outputs = {name: tmp_path / f"subgroups.{name}" for name in ("csv", "md", "html")}
    params = {"demo": True, "draws": 100, "seed": 1, "shown": [CELL], "remarks": ["A trial."]}
    params |= {"networks": networks_of(SEEDS, SEEDS, 2), "masked": ["ham10000"], "evaluated": list(SEEDS)}
    params["testsets"] = ["ham10000", "isic2019"]
    run_script("measure_subgroups", tmp_path, script_inputs(tmp_path), outputs, params, {"protocol": "leakfree"})
    table = pd.read_csv(outputs["csv"])
    sizes = table[table["kind"] == "all"].groupby(["testset", "cell"])[["networks", "images"]].first()
    assert sizes.to_numpy().tolist() == [[4, 90], [2, 90], [4, 87], [2, 87]]
    known = table[table["metric"] == "accuracy"].set_index(["testset", "cell", "kind"])["value"]
    assert known["ham10000", CELL, "all"] == pytest.approx(0.8, abs=0.01)
    assert known["ham10000", "cls-seg_sym-off", "sex"] == pytest.approx(0.7, abs=0.01)
    text = outputs["md"].read_text()
    assert "failed" not in text
    assert text.count("### Model 1, `cls-none_sym-off`") == 2
    assert "cls-seg" not in text
    assert "say nothing about retraining" in text
    assert "say nothing about skin lesions" in text
    assert "- A trial." in text
    assert "- No lesion was found in 1 of 2 images of HAM10000;" in text


def test_a_failed_cell_is_left_out_and_named(tmp_path):
    outputs = {name: tmp_path / f"subgroups.{name}" for name in ("csv", "md", "html")}
    params = {"demo": False, "draws": 20, "seed": 1, "shown": list(SEEDS), "remarks": [], "masked": ["ham10000"]}
    params |= {"networks": networks_of(SEEDS, SEEDS, 2), "evaluated": list(SEEDS), "testsets": ["ham10000", "isic2019"]}
    inputs = script_inputs(tmp_path)
    write_json({"failed": "seed 1, fold 0: its predictions"}, inputs["metrics"][1])
    for path in (inputs["ham10000"][-1], inputs["isic2019"][-1]):
        table = read_table(path)
        write_table(table.assign(**{name: np.float32(np.nan) for name in table.filter(regex="^prob_")}), path)
    run_script("measure_subgroups", tmp_path, inputs, outputs, params, {"protocol": "leakfree"})
    assert set(pd.read_csv(outputs["csv"])["cell"]) == {CELL}
    assert "- cls-seg_sym-off failed: seed 1, fold 0: its predictions." in outputs["md"].read_text()
    write_json({"failed": "seed 1, fold 0: its predictions"}, inputs["metrics"][0])
    run_script("measure_subgroups", tmp_path, inputs, outputs, params, {"protocol": "leakfree"})
    assert pd.read_csv(outputs["csv"]).empty
