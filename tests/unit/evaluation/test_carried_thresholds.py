"""Decision thresholds chosen on validation sets and carried over, against counts by hand and scikit-learn's ROC."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from selcn.evaluation.carried_thresholds import COLUMNS, carried_thresholds, decisions_of, threshold_at

CLASSES = ("akiec", "bkl", "mel", "nv")


def predictions(labels: list[str], scores: list[float], classes: tuple[str, ...] = ("mel", "nv")) -> pd.DataFrame:
    """Return predictions in which the first class has these probabilities, and the second the rest."""
    table = pd.DataFrame({"image_id": [f"i{k}" for k in range(len(labels))], "label": labels})
    first = np.asarray(scores, np.float32)
    return table.assign(**{f"prob_{classes[0]}": first, f"prob_{classes[1]}": 1 - first})


def random_predictions(images: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(4), images)
    table = pd.DataFrame({"image_id": [f"i{k}" for k in range(images)], "label": generator.choice(CLASSES, images)})
    return table.assign(**{f"prob_{name}": probabilities[:, k] for k, name in enumerate(CLASSES)})


def test_malignant_classes_are_one_decision_and_melanoma_another():
    every = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    assert decisions_of(every) == {"malignant": ("akiec", "bcc", "mel"), "melanoma": ("mel",)}
    assert decisions_of(("mel", "nv")) == {"malignant": ("mel",)}
    assert decisions_of(("benign", "malignant")) == {"malignant": ("malignant",)}


def test_without_malignant_or_without_benign_classes_each_class_is_a_decision():
    assert decisions_of(("bkl", "nv")) == {"bkl": ("bkl",), "nv": ("nv",)}
    assert decisions_of(("bcc", "mel")) == {"bcc": ("bcc",), "mel": ("mel",)}


def test_a_threshold_is_the_highest_that_reaches_the_sensitivity_and_ties_are_positive():
    positive = np.array([True] * 10 + [False] * 2)
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.7, 0.8, 0.9, 1.0, 0.95, 0.05])
    assert threshold_at(positive, score, 0.9) == 0.2
    assert threshold_at(positive, score, 0.91) == 0.1
    assert threshold_at(positive, score, 0.5) == 0.5
    assert threshold_at(positive, score, 0.55) == 0.5
    assert np.isnan(threshold_at(~positive & False, score, 0.9))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=40).map(lambda images: [(True, 3), *images]),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
def test_a_threshold_has_the_highest_specificity_of_the_roc_curve_at_its_sensitivity(images, sensitivity):
    positive, score = np.array([p for p, _ in images]), np.array([s / 6 for _, s in images])
    threshold = threshold_at(positive, score, sensitivity)
    assert (score[positive] >= threshold).mean() >= sensitivity - 1e-12
    if positive.all():
        return
    false_alarms, found, _ = roc_curve(positive, score, drop_intermediate=False)
    assert (score[~positive] >= threshold).mean() == pytest.approx(false_alarms[found >= sensitivity - 1e-12].min())


def test_what_a_threshold_reaches_is_counted_with_each_network_s_own_threshold():
    # The first network's threshold at 2 of 2 melanomas is 0.6, the second's 0.3.
    validation = [
        predictions(["mel", "mel", "nv", "nv"], [0.6, 0.9, 0.7, 0.1]),
        predictions(["mel", "mel", "nv", "nv"], [0.3, 0.4, 0.1, 0.2]),
    ]
    labels = ["mel", "mel", "nv", "nv", "nv"]
    external = [predictions(labels, [0.7, 0.5, 0.65, 0.2, 0.1]), predictions(labels, [0.35, 0.9, 0.2, 0.25, 0.5])]
    lesions = pd.Series(["A", "A", "B", "C", "D"], [f"i{k}" for k in range(5)])
    table = carried_thresholds(validation, external, lesions, [0.95], 200, np.random.default_rng(1))
    assert list(table.columns) == list(COLUMNS)
    rows = table.set_index("metric")
    assert rows["threshold"].tolist() == pytest.approx([0.45, 0.45])
    # On validation: 2 of 2; 1 of 2 and 2 of 2. On the external set: 1 of 2 and 2 of 2; 2 of 3 and 2 of 3.
    assert rows["validation"].tolist() == pytest.approx([1.0, 0.75])
    assert rows["value"].tolist() == pytest.approx([0.75, 2 / 3])
    assert rows["images"].tolist() == [2, 3]
    assert rows["lesions"].tolist() == [1, 3]
    # Both melanomas are of one lesion: without it there is no sensitivity, with it always the same.
    assert rows.loc["sensitivity", ["low", "high"]].tolist() == pytest.approx([0.75, 0.75])
    assert rows.loc["sensitivity", "draws"] < rows.loc["specificity", "draws"] <= 200
    assert rows.loc["specificity", "low"] < 2 / 3 < rows.loc["specificity", "high"]


def test_intervals_are_quantiles_over_resamples_of_whole_lesions():
    external, validation = random_predictions(60, 1), random_predictions(50, 2)
    lesions = pd.Series([f"L{k // 3}" for k in range(60)], external["image_id"])
    table = carried_thresholds([validation], [external], lesions, [0.9], 100, np.random.default_rng(7))
    row = table[(table["decision"] == "malignant") & (table["metric"] == "specificity")].iloc[0]
    score = (external["prob_akiec"] + external["prob_mel"]).to_numpy()
    benign = external["label"].isin(["bkl", "nv"]).to_numpy()
    names, lesion = np.unique(lesions, return_inverse=True)
    times = np.random.default_rng(7).multinomial(len(names), np.full(len(names), 1 / len(names)), size=100)
    drawn = [np.average(score[benign] < row["threshold"], weights=of_draw[lesion][benign]) for of_draw in times]
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_a_validation_set_without_positive_images_gives_no_threshold():
    validation = [predictions(["nv", "nv"], [0.1, 0.2])]
    external = [predictions(["mel", "nv"], [0.1, 0.2])]
    lesions = pd.Series(["A", "B"], ["i0", "i1"])
    table = carried_thresholds(validation, external, lesions, [0.9], 10, np.random.default_rng(1))
    assert table[["threshold", "value", "low", "high"]].isna().all(axis=None)


def test_networks_of_other_images_or_images_without_a_lesion_are_refused():
    one, two = random_predictions(5, 1), random_predictions(6, 2)
    lesions = pd.Series("L", [f"i{k}" for k in range(6)])
    with pytest.raises(ValueError, match="expected one common external set"):
        carried_thresholds([one, two], [one, two], lesions, [0.9], 10, np.random.default_rng(1))
    with pytest.raises(ValueError, match="the lesion of an image is unknown"):
        carried_thresholds([two], [two], lesions[:3], [0.9], 10, np.random.default_rng(1))
