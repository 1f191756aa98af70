"""Confident learning (Northcutt et al. 2021, section 3.1): labels that out-of-fold probabilities contradict."""

import numpy as np

ROUNDS = 100
"""Rounds of `at_label_frequencies`; frequencies then agree to about 1e-6."""


def at_label_frequencies(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return probabilities whose mean over all images is the frequency of each label.

    Networks trained on balanced classes, or with weights for them, give rare classes too much probability, so that a
    common label would always look doubtful. Each class is scaled by one factor (Saerens et al. 2002).

    Parameters
    ----------
    probabilities
        Shape (N, classes), 0..1, rows of sum 1.
    label
        Column of each image's label, (N,) int.

    Returns
    -------
    ndarray
        Shape (N, classes), rows of sum 1. A class without images is not scaled.
    """
    frequency = np.bincount(label, minlength=probabilities.shape[1]) / len(label)
    scale = np.ones(len(frequency))
    for _ in range(ROUNDS):
        mean = _scaled(probabilities, scale).mean(axis=0)
        scale *= np.divide(frequency, mean, out=np.ones_like(mean), where=(mean > 0) & (frequency > 0))
    return _scaled(probabilities, scale)


def thresholds(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the mean self-confidence of each class, (classes,): of its probability over the images labelled so.

    A class without images has infinity, which no probability reaches.
    """
    found = np.full(probabilities.shape[1], np.inf)
    for column in np.unique(label):
        found[column] = probabilities[label == column, column].mean()
    return found


def confident_classes(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the class that each image is confidently counted in, (N,) int: of those whose probability reaches the
    class's threshold the most probable one; -1 where none does.
    """
    reached = np.where(probabilities >= thresholds(probabilities, label), probabilities, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), -1)


def confident_joint(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the confident joint, (classes, classes) int: images by label (row) and confident class (column)."""
    counted = confident_classes(probabilities, label)
    joint = np.zeros((probabilities.shape[1],) * 2, dtype=np.int64)
    np.add.at(joint, (label[counted >= 0], counted[counted >= 0]), 1)
    return joint


def margins(support: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much the best other class has more support than the label, and that class.

    Parameters
    ----------
    support
        Probability or share of each class, (N, classes), 0..1.

    Returns
    -------
    margin, other : ndarray
        Shape (N,), -1..1, above 0 where another class has more support; and the column of that class.
    """
    rows = np.arange(len(label))
    others = support.copy()
    others[rows, label] = -np.inf
    other = others.argmax(axis=1)
    return support[rows, other] - support[rows, label], other


def _scaled(probabilities: np.ndarray, scale: np.ndarray) -> np.ndarray:
    scaled = probabilities * scale
    return scaled / scaled.sum(axis=1, keepdims=True)
