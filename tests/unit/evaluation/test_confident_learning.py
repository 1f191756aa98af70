"""The confident joint by hand, and probabilities at the frequencies of the labels."""

import numpy as np
import pytest

from selcn.evaluation.label_audit.confident import (
    at_label_frequencies,
    confident_classes,
    confident_joint,
    margins,
    thresholds,
)

# Labels 0, 0, 0, 1, 1; mean self-confidence of class 0: (.9 + .6 + .3) / 3 = .6, of class 1: (.8 + .4) / 2 = .6.
PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.3, 0.7, 0.0], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1]])
LABEL = np.array([0, 0, 0, 1, 1])


def test_the_confident_joint_is_the_one_computed_by_hand():
    assert thresholds(PROBABILITIES, LABEL)[:2] == pytest.approx([0.6, 0.6])
    # The last image reaches no threshold; the third is labelled 0 and counts in class 1.
    assert confident_classes(PROBABILITIES, LABEL).tolist() == [0, 0, 1, 1, -1]
    assert confident_joint(PROBABILITIES, LABEL).tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_of_several_classes_above_their_threshold_the_most_probable_counts():
    probabilities = np.array([[0.2, 0.4, 0.4], [0.5, 0.5, 0.0], [0.55, 0.45, 0.0], [0.0, 0.3, 0.7]])
    label = np.array([0, 1, 1, 2])
    # Thresholds: .2, .475, .7. Image 2 reaches those of classes 0 alone, image 1 those of 0 and 1.
    assert confident_classes(probabilities, label).tolist() == [0, 0, 0, 2]


def test_a_class_without_images_is_counted_nowhere():
    probabilities = np.array([[0.1, 0.9], [0.9, 0.1]])
    assert confident_classes(probabilities, np.array([0, 0])).tolist() == [-1, 0]


def test_margins_by_hand():
    margin, other = margins(PROBABILITIES, LABEL)
    assert margin == pytest.approx([-0.8, -0.2, 0.4, -0.7, 0.1])
    assert other.tolist() == [1, 1, 1, 0, 0]


def test_probabilities_are_scaled_to_the_frequencies_of_the_labels():
    rng = np.random.default_rng(0)
    label = rng.choice(3, 400, p=[0.8, 0.15, 0.05])
    probabilities = rng.dirichlet(np.ones(3), 400) * 0.5 + 0.5 * np.eye(3)[label]
    scaled = at_label_frequencies(probabilities, label)
    assert scaled.sum(axis=1) == pytest.approx(np.ones(400))
    assert scaled.mean(axis=0) == pytest.approx(np.bincount(label) / 400, abs=1e-5)
    # One factor a class: the odds of any two classes change alike in every image.
    odds = (scaled[:, 0] / scaled[:, 1]) / (probabilities[:, 0] / probabilities[:, 1])
    assert odds == pytest.approx(np.full(400, odds[0]))


def test_a_prior_that_networks_were_trained_without_is_recovered():
    """Of two normal classes, the posterior with equal classes becomes the one with their true frequencies."""
    rng = np.random.default_rng(1)
    label = (rng.random(20_000) < 0.1).astype(int)
    value = rng.normal(2.0 * label)
    likelihood = np.exp(-0.5 * (value[:, None] - [0.0, 2.0]) ** 2)
    balanced, true = likelihood, likelihood * [0.9, 0.1]
    balanced, true = (each / each.sum(axis=1, keepdims=True) for each in (balanced, true))
    assert at_label_frequencies(balanced, label) == pytest.approx(true, abs=0.02)


def test_certain_probabilities_and_classes_without_images_give_numbers():
    probabilities = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
    assert np.isfinite(at_label_frequencies(probabilities, np.array([0, 0, 1, 1]))).all()
