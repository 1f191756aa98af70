"""Metrics against scikit-learn and tables counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from selcn.evaluation.metrics import class_metrics, lesion_metrics, mean_and_sd, segmentation_scores, symmetry_metrics
from selcn.masks.pixel_counts import mean_dice, pixel_counts

SYMMETRY = ["asymmetric", "symmetric"]
LESIONS = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]


def one_hot(predicted, classes):
    return np.array([[0.9 if name == p else 0.1 for name in classes] for p in predicted], np.float32)


def two_by_two():
    """Of 6 asymmetric images 4 are found, of 4 symmetric ones 3."""
    label = ["asymmetric"] * 6 + ["symmetric"] * 4
    predicted = ["asymmetric"] * 4 + ["symmetric"] * 2 + ["symmetric"] * 3 + ["asymmetric"]
    return label, one_hot(predicted, SYMMETRY)


def test_symmetry_metrics_of_a_two_by_two_table():
    scores = symmetry_metrics(*two_by_two(), SYMMETRY)
    chance = 0.6 * 0.5 + 0.4 * 0.5
    f1 = (2 * 4 / (2 * 4 + 1 + 2), 2 * 3 / (2 * 3 + 2 + 1))
    assert scores == pytest.approx(
        {
            "balanced_accuracy": (4 / 6 + 3 / 4) / 2,
            "kappa": (0.7 - chance) / (1 - chance),
            "weighted_precision": 0.6 * 4 / 5 + 0.4 * 3 / 5,
            "weighted_recall": 0.7,
            "weighted_f1": 0.6 * f1[0] + 0.4 * f1[1],
        }
    )


def test_lesion_metrics_of_a_two_by_two_table_are_unweighted():
    scores = lesion_metrics(*two_by_two(), SYMMETRY)
    assert scores == pytest.approx(
        {
            "accuracy": 0.7,
            "kappa": (0.7 - 0.5) / (1 - 0.5),
            "macro_precision": (4 / 5 + 3 / 5) / 2,
            "macro_recall": (4 / 6 + 3 / 4) / 2,
            "macro_f1": (8 / 11 + 6 / 9) / 2,
        }
    )


def test_class_metrics_of_a_two_by_two_table():
    table = class_metrics(*two_by_two(), SYMMETRY)
    assert list(table.columns) == ["class", "precision", "recall", "f1", "support"]
    assert list(table["class"]) == SYMMETRY
    np.testing.assert_allclose(table["precision"], [4 / 5, 3 / 5])
    np.testing.assert_allclose(table["recall"], [4 / 6, 3 / 4])
    np.testing.assert_allclose(table["f1"], [8 / 11, 6 / 9])
    assert list(table["support"]) == [6, 4]
    assert table["support"].dtype == np.int64


@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), images=st.integers(20, 60))
def test_metrics_equal_scikit_learn_where_every_class_occurs(seed, images):
    rng = np.random.default_rng(seed)
    label = np.array(LESIONS + list(rng.choice(LESIONS, images)))
    probabilities = rng.dirichlet(np.ones(7), len(label)).astype(np.float32)
    predicted = np.array(LESIONS)[probabilities.argmax(1)]
    lesion, symmetry = lesion_metrics(label, probabilities, LESIONS), symmetry_metrics(label, probabilities, LESIONS)
    assert lesion["accuracy"] == sklearn_metrics.accuracy_score(label, predicted)
    assert symmetry["balanced_accuracy"] == sklearn_metrics.balanced_accuracy_score(label, predicted)
    for scores, average in ((lesion, "macro"), (symmetry, "weighted")):
        assert scores["kappa"] == pytest.approx(sklearn_metrics.cohen_kappa_score(label, predicted))
        for name in ("precision", "recall", "f1"):
            score = getattr(sklearn_metrics, f"{name}_score")
            assert scores[f"{average}_{name}"] == pytest.approx(
                score(label, predicted, average=average, zero_division=0)
            )


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31))
def test_metrics_depend_neither_on_the_order_of_images_nor_of_classes(seed):
    rng = np.random.default_rng(seed)
    label, probabilities = rng.permutation(LESIONS * 6)[:40], rng.dirichlet(np.ones(7), 40)
    images, columns = rng.permutation(40), rng.permutation(7)
    mixed = (label[images], probabilities[images][:, columns], [LESIONS[c] for c in columns])
    for score in (lesion_metrics, symmetry_metrics):
        assert score(*mixed) == pytest.approx(score(label, probabilities, LESIONS))


def test_an_absent_class_counts_as_zero_in_macro_averages_and_not_at_all_in_weighted_ones():
    label = ["mel", "nv", "nv"]
    scores = lesion_metrics(label, one_hot(label, LESIONS), LESIONS)
    assert scores["accuracy"] == scores["kappa"] == 1
    assert scores["macro_precision"] == scores["macro_recall"] == scores["macro_f1"] == pytest.approx(2 / 7)
    assert symmetry_metrics(label, one_hot(label, LESIONS), LESIONS)["weighted_f1"] == 1
    table = class_metrics(label, one_hot(label, LESIONS), LESIONS).set_index("class")
    assert list(table["support"]) == [0, 0, 0, 0, 1, 2, 0]
    assert table.loc["df", "precision"] == 0


def test_a_class_never_predicted_has_a_precision_of_zero():
    scores = lesion_metrics(
        ["benign", "malignant"], one_hot(["benign", "benign"], ["benign", "malignant"]), ["benign", "malignant"]
    )
    assert scores["macro_precision"] == pytest.approx(0.25)
    assert scores["kappa"] == 0


@pytest.mark.parametrize("score", [symmetry_metrics, lesion_metrics, class_metrics])
@pytest.mark.parametrize(
    ("label", "probabilities", "message"),
    [
        ([], np.zeros((0, 2)), "at least one label"),
        (["symmetric"], np.zeros((1, 3)), r"shape \(1, 2\)"),
        (["symmetric"], np.zeros((2, 2)), r"shape \(1, 2\)"),
        (["round"], np.zeros((1, 2)), r"labels \['round'\]"),
        (["symmetric"], np.array([[0.5, np.nan]]), "not finite"),
    ],
)
def test_what_cannot_be_scored_is_refused(score, label, probabilities, message):
    with pytest.raises(ValueError, match=message):
        score(label, probabilities, SYMMETRY)


def literal_scores(pred, truth):
    counts = {(p, t): 0 for p in (False, True) for t in (False, True)}
    for p, t in zip(pred.ravel().tolist(), truth.ravel().tolist(), strict=True):
        counts[bool(p), bool(t)] += 1
    hit, wrong, missed, rest = counts[True, True], counts[True, False], counts[False, True], counts[False, False]
    return [2 * hit / (2 * hit + wrong + missed), hit / (hit + missed), rest / (rest + wrong), (hit + rest) / pred.size]


@pytest.mark.parametrize("dtype", [bool, np.uint8])
def test_segmentation_scores_equal_a_literal_count(dtype):
    rng = np.random.default_rng(0)
    pred, truth = (rng.random((5, 8, 9)) < share for share in (0.3, 0.6))
    scores = segmentation_scores(pixel_counts(pred.astype(dtype), truth.astype(dtype)))
    assert list(scores.columns) == ["dice", "sensitivity", "specificity", "accuracy"]
    np.testing.assert_allclose(scores, [literal_scores(p, t) for p, t in zip(pred, truth, strict=True)])


def test_segmentation_scores_by_hand():
    pred, truth = np.array([[[1, 1, 0, 0]]], bool), np.array([[[0, 1, 1, 1]]], bool)
    assert segmentation_scores(pixel_counts(pred, truth)).iloc[0].to_dict() == pytest.approx(
        {"dice": 2 / 5, "sensitivity": 1 / 3, "specificity": 0, "accuracy": 1 / 4}
    )


def test_segmentation_scores_of_empty_and_full_masks():
    empty, full = np.zeros((1, 3, 3), bool), np.ones((1, 3, 3), bool)
    pairs = segmentation_scores(pixel_counts(np.concatenate([empty, full, full]), np.concatenate([empty, empty, full])))
    np.testing.assert_array_equal(pairs["dice"], [1, 0, 1])
    np.testing.assert_array_equal(pairs["sensitivity"], [np.nan, np.nan, 1])
    np.testing.assert_array_equal(pairs["specificity"], [1, 0, np.nan])
    np.testing.assert_array_equal(pairs["accuracy"], [1, 0, 1])


def test_segmentation_scores_refuse_masks_of_different_sizes():
    with pytest.raises(ValueError, match="expected the same"):
        pixel_counts(np.zeros((1, 3, 3), bool), np.zeros((3, 3), bool))


def test_networks_are_chosen_by_the_dice_of_the_table():
    rng = np.random.default_rng(1)
    pred, truth = rng.random((6, 5, 5)) < 0.4, rng.random((6, 5, 5)) < 0.5
    pred[0] = truth[0] = False
    counts = pixel_counts(pred, truth)
    assert mean_dice(counts) == pytest.approx(segmentation_scores(counts)["dice"].mean())
    assert mean_dice(counts.iloc[:1]) == 1


def test_mean_and_sd_is_that_of_the_population():
    assert mean_and_sd([1.0, 2.0, 6.0]) == pytest.approx((3, ((4 + 1 + 9) / 3) ** 0.5))
    assert mean_and_sd([0.5]) == (0.5, 0)
    assert np.isnan(mean_and_sd([1.0, np.nan])).all()
    with pytest.raises(ValueError, match="no values"):
        mean_and_sd([])
