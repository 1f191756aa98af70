"""Measures from stored probabilities: by hand, and equal to scikit-learn's and torchmetrics'."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics
from torchmetrics.functional import classification as torchmetrics

from selcn.evaluation.calibration import (
    TEMPERATURES,
    brier_score,
    calibration_error,
    fit_temperature,
    reliability,
    with_temperature,
)
from selcn.evaluation.cross_validation import metrics_of_folds
from selcn.evaluation.further_metrics import calibration_of_folds, further_metrics, rankings_of_folds
from selcn.evaluation.out_of_distribution import doubt, energy, entropy, out_of_distribution_auroc
from selcn.evaluation.ranking import macro_ranking, melanoma_sensitivities, ranking_of_classes, sensitivity_at

LESIONS = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
seeds = st.integers(0, 2**31)


def some_predictions(seed: int, images: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, among them every class, and probabilities that are right more often than not, with many ties."""
    rng = np.random.default_rng(seed)
    label = np.array(LESIONS + list(rng.choice(LESIONS, images)))
    logits = rng.normal(size=(len(label), 7)) + 1.5 * (label[:, None] == np.array(LESIONS))
    probabilities = np.exp(logits.round(0))
    return label, (probabilities / probabilities.sum(1, keepdims=True)).astype(np.float32)


def codes(label) -> torch.Tensor:
    return torch.tensor([LESIONS.index(name) for name in label])


def table_of(label, probabilities) -> pd.DataFrame:
    ids = [f"i{k}" for k in range(len(label))]
    columns = {f"prob_{name}": probabilities[:, k] for k, name in enumerate(LESIONS)}
    return pd.DataFrame({"image_id": ids, "variant": "original", "label": label, **columns})


# Ranking


@settings(max_examples=25)
@given(seed=seeds)
def test_rankings_equal_scikit_learn_and_torchmetrics(seed):
    label, probabilities = some_predictions(seed)
    table = ranking_of_classes(label, probabilities, LESIONS)
    assert list(table["class"]) == LESIONS
    assert list(table["support"]) == [(label == name).sum() for name in LESIONS]
    theirs = torch.from_numpy(probabilities), codes(label)
    np.testing.assert_allclose(table["auc"], torchmetrics.multiclass_auroc(*theirs, 7, average="none"), atol=1e-6)
    precision = torchmetrics.multiclass_average_precision(*theirs, 7, average="none")
    np.testing.assert_allclose(table["average_precision"], precision, atol=1e-6)
    expected = sklearn_metrics.roc_auc_score(label, probabilities, multi_class="ovr", labels=LESIONS)
    assert macro_ranking(table)["macro_auc"] == pytest.approx(expected)
    assert macro_ranking(table)["ranked_classes"] == 7


def test_a_class_that_is_absent_has_no_ranking_and_is_not_in_the_mean():
    label, probabilities = some_predictions(0)
    chosen = np.isin(label, ["mel", "nv"])
    table = ranking_of_classes(label[chosen], probabilities[chosen], LESIONS).set_index("class")
    assert table.index[table["auc"].notna()].tolist() == table.index[table["average_precision"].notna()].tolist()
    assert table.index[table["auc"].notna()].tolist() == ["mel", "nv"]
    assert macro_ranking(table)["ranked_classes"] == 2
    assert macro_ranking(table)["macro_auc"] == pytest.approx(table.loc[["mel", "nv"], "auc"].mean())
    only = ranking_of_classes(["mel", "mel"], probabilities[:2], LESIONS)
    assert only["auc"].isna().all()
    assert only["average_precision"].isna().all()
    assert macro_ranking(only)["ranked_classes"] == 0
    assert np.isnan(macro_ranking(only)["macro_auc"])


def literal_sensitivity(positive, score, specificity):
    best = 0.0
    for threshold in [*score, np.inf]:
        called = score >= threshold
        if (~called & ~positive).sum() >= specificity * (~positive).sum() - 1e-9:
            best = max(best, (called & positive).sum() / positive.sum())
    return best


@settings(max_examples=50)
@given(seed=seeds, images=st.integers(2, 40), specificity=st.sampled_from([0, 0.5, 0.8, 0.9, 0.95, 1]))
def test_sensitivity_is_the_best_of_all_thresholds(seed, images, specificity):
    rng = np.random.default_rng(seed)
    positive, score = rng.permutation(np.arange(images) % 3 == 0), rng.integers(0, 6, images) / 8
    found = sensitivity_at(positive, score, specificity)
    assert found == pytest.approx(literal_sensitivity(positive, score, specificity))
    theirs = torchmetrics.binary_sensitivity_at_specificity(
        torch.from_numpy(score), torch.from_numpy(positive).int(), specificity - 1e-6 if specificity else 0.0
    )[0]
    assert found == pytest.approx(float(theirs), abs=1e-6)


def test_one_false_alarm_in_ten_is_a_specificity_of_90_percent_and_ties_stand_or_fall_together():
    positive = np.array([True] * 4 + [False] * 10)
    score = np.array([0.9, 0.8, 0.7, 0.05] + [0.75] + [0.1] * 9)
    assert [sensitivity_at(positive, score, at) for at in (0.95, 0.9, 0.8)] == [0.5, 0.75, 0.75]
    tied = np.where(np.arange(14) == 2, 0.1, score)
    assert sensitivity_at(positive, tied, 0.9) == 0.5
    assert sensitivity_at(positive, np.full(14, 0.5), 0.9) == 0


def test_sensitivity_needs_both_kinds_and_a_specificity_that_is_one():
    assert np.isnan(sensitivity_at(np.array([True, True]), np.array([0.1, 0.2]), 0.9))
    assert np.isnan(sensitivity_at(np.array([False]), np.array([0.1]), 0.9))
    with pytest.raises(ValueError, match="specificity is 90"):
        sensitivity_at(np.array([True, False]), np.array([0.1, 0.2]), 90)


def test_melanoma_is_found_by_either_of_its_names():
    label, probabilities = some_predictions(1)
    found = melanoma_sensitivities(label, probabilities, LESIONS)
    assert list(found) == [f"melanoma_sensitivity_at_{share}" for share in (80, 90, 95)]
    assert found["melanoma_sensitivity_at_90"] == sensitivity_at(label == "mel", probabilities[:, 4], 0.9)
    two = np.array([[0.2, 0.8], [0.9, 0.1]])
    assert set(melanoma_sensitivities(["malignant", "benign"], two, ["benign", "malignant"]).values()) == {1.0}
    assert melanoma_sensitivities(["symmetric"], two[:1], ["asymmetric", "symmetric"]) == {}


# Calibration


@settings(max_examples=25)
@given(seed=seeds)
def test_calibration_equals_torchmetrics_and_scikit_learn(seed):
    label, probabilities = some_predictions(seed)
    theirs = torchmetrics.multiclass_calibration_error(torch.from_numpy(probabilities), codes(label), 7, n_bins=15)
    assert calibration_error(reliability(label, probabilities, LESIONS)) == pytest.approx(float(theirs), abs=1e-6)
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(1, keepdims=True)
    expected = sklearn_metrics.brier_score_loss(label, exact, labels=LESIONS)
    assert brier_score(label, exact, LESIONS) == pytest.approx(expected)


def test_calibration_by_hand():
    label = ["a", "a", "a", "b"]
    probabilities = np.array([[1.0, 0.0], [0.95, 0.05], [0.4, 0.6], [0.4, 0.6]])
    bins = reliability(label, probabilities, ["a", "b"])
    assert bins["images"].tolist() == [0] * 8 + [2] + [0] * 5 + [2]
    assert bins.loc[14, ["claimed", "right"]].tolist() == pytest.approx([0.975, 1])
    assert bins.loc[8, ["claimed", "right"]].tolist() == pytest.approx([0.6, 0.5])
    assert bins.loc[[0, 7], ["claimed", "right"]].isna().all(axis=None)
    assert calibration_error(bins) == pytest.approx((2 * 0.025 + 2 * 0.1) / 4)
    assert brier_score(label, probabilities, ["a", "b"]) == pytest.approx((0 + 0.005 + 0.72 + 0.32) / 4)


@settings(max_examples=20)
@given(seed=seeds, temperature=st.floats(0.3, 4))
def test_the_temperature_that_made_probabilities_wrong_is_found(seed, temperature):
    rng = np.random.default_rng(seed)
    honest = rng.dirichlet(np.full(7, 0.5), 4000)
    label = np.array(LESIONS)[(rng.random((4000, 1)) > honest.cumsum(1)).sum(1).clip(max=6)]
    wrong = with_temperature(honest, 1 / temperature).astype(np.float32)
    found = fit_temperature(label, wrong, LESIONS)
    assert found == pytest.approx(temperature, rel=0.12)
    scaled = with_temperature(wrong, found)
    np.testing.assert_array_equal(scaled.argmax(1), wrong.astype(float).argmax(1))
    np.testing.assert_allclose(scaled.sum(1), 1)


def test_a_temperature_scales_logits_whatever_constant_they_have_lost():
    logits = np.array([[3.0, 1.0, -2.0], [100.0, 101.0, 99.0]])
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = np.exp(logits / 2.5) / np.exp(logits / 2.5).sum(1, keepdims=True)
    np.testing.assert_allclose(with_temperature(probabilities, 2.5), expected)
    np.testing.assert_allclose(with_temperature(probabilities, 1.0), probabilities)


@pytest.mark.filterwarnings("error")
def test_a_probability_that_became_0_in_single_precision_is_no_infinite_error():
    label, probabilities = some_predictions(9, 200)
    probabilities[0] = np.array(LESIONS) == ("nv" if label[0] == "mel" else "mel")
    assert np.isfinite(with_temperature(probabilities, 3.0)).all()
    assert 1 < fit_temperature(label, probabilities, LESIONS) < TEMPERATURES[1]


def test_a_validation_set_without_an_error_gives_the_lowest_temperature():
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert fit_temperature(["a", "b"], sure, ["a", "b"]) == pytest.approx(TEMPERATURES[0], rel=1e-3)
    assert fit_temperature(["b", "a"], sure, ["a", "b"]) == pytest.approx(TEMPERATURES[1], rel=1e-3)


def test_temperatures_are_fitted_on_each_folds_own_validation_set():
    validation = [table_of(*some_predictions(seed, 300)) for seed in (1, 2)]
    tested = [table_of(*some_predictions(seed, 300)) for seed in (3, 4)]
    found = calibration_of_folds(validation, tested)
    assert list(found) == ["temperature", "ece", "brier", "ece_scaled", "brier_scaled"]
    for fold, (seed, test_seed) in enumerate(((1, 3), (2, 4))):
        temperature = fit_temperature(*some_predictions(seed, 300), LESIONS)
        assert found["temperature"]["folds"][fold] == temperature
        label, probabilities = some_predictions(test_seed, 300)
        scaled = with_temperature(probabilities, temperature)
        assert found["brier"]["folds"][fold] == brier_score(label, probabilities, LESIONS)
        assert found["brier_scaled"]["folds"][fold] == brier_score(label, scaled, LESIONS)
    with pytest.raises(ValueError, match="shorter"):
        calibration_of_folds(validation, tested[:1])


# All of them


def test_further_metrics_are_those_of_their_own_functions():
    label, probabilities = some_predictions(5)
    scores = further_metrics(label, probabilities, LESIONS)
    predicted = np.array(LESIONS)[probabilities.argmax(1)]
    assert scores["balanced_accuracy"] == sklearn_metrics.balanced_accuracy_score(label, predicted)
    theirs = torchmetrics.multiclass_accuracy(torch.from_numpy(probabilities), codes(label), 7, average="macro")
    assert scores["balanced_accuracy"] == pytest.approx(float(theirs), abs=1e-6)
    assert scores["ece"] == calibration_error(reliability(label, probabilities, LESIONS))
    assert scores["brier"] == brier_score(label, probabilities, LESIONS)
    assert scores["macro_auc"] == ranking_of_classes(label, probabilities, LESIONS)["auc"].mean()
    over_folds = metrics_of_folds([table_of(label, probabilities), table_of(*some_predictions(6))], further_metrics)
    assert over_folds["brier"]["folds"][0] == scores["brier"]
    assert set(over_folds) == set(scores)


def test_balanced_accuracy_is_over_the_classes_in_the_truth():
    label, probabilities = ["mel", "nv", "nv"], np.eye(7)[[4, 5, 0]]
    assert further_metrics(label, probabilities, LESIONS)["balanced_accuracy"] == 0.75


def test_rankings_of_folds_keep_each_folds_figure():
    folds = [some_predictions(seed) for seed in (7, 8)]
    found = rankings_of_folds([table_of(*fold) for fold in folds])
    for fold, (label, probabilities) in enumerate(folds):
        expected = ranking_of_classes(label, probabilities, LESIONS).set_index("class")
        assert found["mel"]["auc"]["folds"][fold] == expected.loc["mel", "auc"]
        assert found["df"]["average_precision"]["folds"][fold] == expected.loc["df", "average_precision"]
    assert found["mel"]["support"] == (folds[0][0] == "mel").sum()


@pytest.mark.parametrize(
    "measure", [ranking_of_classes, melanoma_sensitivities, reliability, brier_score, fit_temperature, further_metrics]
)
def test_what_cannot_be_measured_is_refused(measure):
    with pytest.raises(ValueError, match="none of the classes"):
        measure(["round"], np.array([[0.5, 0.5]]), ["asymmetric", "symmetric"])
    with pytest.raises(ValueError, match="not finite"):
        measure(["symmetric"], np.array([[0.5, np.nan]]), ["asymmetric", "symmetric"])


# Out-of-distribution images


def test_scores_of_out_of_distribution_images_are_higher_where_a_network_is_less_sure():
    sure, unsure = np.full((1, 7), 0.01), np.full((1, 7), 1 / 7)
    sure[0, 0] = 0.94
    for score, expected in ((doubt, [0.06, 6 / 7]), (entropy, [-0.94 * np.log(0.94) - 0.06 * np.log(0.01), np.log(7)])):
        found = [score(table_of(["mel"], probabilities))[0] for probabilities in (sure, unsure)]
        assert found == pytest.approx(expected)
    assert entropy(table_of(["mel"], np.eye(7)[:1])) == 0


@settings(max_examples=20)
@given(seed=seeds)
def test_auroc_is_the_share_of_pairs_and_equals_torchmetrics(seed):
    known, unknown = (table_of(*some_predictions(seed + k, 20)) for k in range(2))
    a, b = doubt(known), doubt(unknown)
    pairs = (b[:, None] > a).mean() + (b[:, None] == a).mean() / 2
    assert out_of_distribution_auroc(known, unknown, doubt) == pytest.approx(pairs)
    truth = torch.tensor([0] * len(a) + [1] * len(b))
    theirs = torchmetrics.binary_auroc(torch.from_numpy(np.concatenate([a, b])), truth)
    assert out_of_distribution_auroc(known, unknown, doubt) == pytest.approx(float(theirs), abs=1e-6)
    assert np.isnan(out_of_distribution_auroc(known, unknown[:0], doubt))


def test_out_of_distribution_images_may_be_of_no_class_that_the_network_knows():
    known, unknown = (table_of(*some_predictions(k)) for k in range(2))
    assert out_of_distribution_auroc(known, unknown.assign(label="scc"), doubt) == out_of_distribution_auroc(
        known, unknown, doubt
    )


def test_the_energy_is_what_probabilities_have_lost():
    logits = np.array([[3.0, 1.0], [13.0, 11.0]])
    table = pd.DataFrame({"prob_a": 1 / (1 + np.exp([-2.0, -2.0])), "label": "a"}).assign(prob_b=lambda t: 1 - t.prob_a)
    with pytest.raises(ValueError, match="needs logsumexp"):
        energy(table)
    kept = table.assign(logsumexp=np.log(np.exp(logits).sum(1)))
    np.testing.assert_allclose(energy(kept), -np.log(np.exp(logits).sum(1)))
    assert doubt(kept)[0] == doubt(kept)[1]
    assert out_of_distribution_auroc(kept[1:], kept[:1], energy) == 1
