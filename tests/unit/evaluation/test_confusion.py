"""Metrics of many weightings at once, against scikit-learn's with weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from selcn.evaluation.comparisons.confusion import confusion_matrices, scores_of
from selcn.evaluation.comparisons.families import PREDICTION_METRICS
from selcn.evaluation.metrics import lesion_metrics

CLASSES = ["a", "b", "c", "d"]


def sample(seed, networks=(2, 3), images=50, draws=4):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 4, images)
    predicted = np.where(rng.random((*networks, images)) < 0.5, label, rng.integers(0, 4, (*networks, images)))
    weights = rng.poisson(1, (draws, images)).astype(np.float32)
    return weights, label, predicted


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31))
def test_confusion_matrices_equal_scikit_learn_with_weights(seed):
    weights, label, predicted = sample(seed)
    out = confusion_matrices(weights, label, predicted, 4)
    assert out.shape == (4, 2, 3, 4, 4)
    for draw, first, second in np.ndindex(4, 2, 3):
        expected = sklearn_metrics.confusion_matrix(
            label, predicted[first, second], labels=range(4), sample_weight=weights[draw]
        )
        np.testing.assert_array_equal(out[draw, first, second], expected)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31))
def test_scores_equal_scikit_learn_with_weights(seed):
    weights, label, predicted = sample(seed, networks=(), draws=1)
    scores = dict(zip(PREDICTION_METRICS, scores_of(confusion_matrices(weights, label, predicted, 4))[0], strict=True))
    given = {"sample_weight": weights[0]}
    # Balanced accuracy of images without weight would count their classes as present.
    there = weights[0] > 0
    assert scores == pytest.approx(
        {
            "accuracy": sklearn_metrics.accuracy_score(label, predicted, **given),
            "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(
                label[there], predicted[there], sample_weight=weights[0][there]
            ),
            "macro_f1": sklearn_metrics.f1_score(
                label, predicted, labels=range(4), average="macro", zero_division=0, **given
            ),
            "kappa": sklearn_metrics.cohen_kappa_score(label, predicted, labels=range(4), **given),
        }
    )


def test_without_weights_scores_are_those_of_the_tables():
    _, label, predicted = sample(3, networks=())
    scores = scores_of(confusion_matrices(np.ones((1, 50), np.float32), label, predicted, 4))[0]
    table = lesion_metrics(np.array(CLASSES)[label], np.eye(4)[predicted], CLASSES)
    assert scores[[0, 2, 3]] == pytest.approx([table[name] for name in ("accuracy", "macro_f1", "kappa")])


def test_a_class_that_is_nowhere_counts_in_macro_f1_alone():
    label = np.array([0, 0, 1, 1])
    out = scores_of(confusion_matrices(np.ones((1, 4), np.float32), label, label, 3))[0]
    np.testing.assert_allclose(out, [1, 1, 2 / 3, 1])


def test_a_class_that_is_predicted_and_not_there_has_no_recall():
    label, predicted = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    out = scores_of(confusion_matrices(np.ones((1, 4), np.float32), label, predicted, 3))[0]
    np.testing.assert_allclose(out[:3], [3 / 4, 3 / 4, (2 / 3 + 1 + 0) / 3])


def test_kappa_of_one_class_throughout_is_not_defined():
    scores = scores_of(np.array([[5, 0], [0, 0]], np.float32))
    np.testing.assert_array_equal(scores[:3], [1, 1, 0.5])
    assert np.isnan(scores[3])
