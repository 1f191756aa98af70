"""Confusion matrices under many weightings of one test set at once, and their metrics."""

import numpy as np


def confusion_matrices(weights: np.ndarray, label: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return the weighted confusion matrices of every network under every weighting.

    Parameters
    ----------
    weights
        Shape (D, N), float32: weight of each of N images in D weightings.
    label
        Shape (N,), codes of the true classes, 0 to `classes` - 1.
    predicted
        Shape (..., N), codes of the predicted classes of any number of networks.
    classes
        Number of classes, K.

    Returns
    -------
    ndarray
        Shape (D, ..., K, K), float32: truth by rows, prediction by columns; exact for integer weights that sum to less
        than 2^24.
    """
    networks = predicted.shape[:-1]
    predicted = predicted.reshape(-1, len(label))
    out = np.empty((len(weights), len(predicted), classes, classes), np.float32)
    # An image counts only in the row of its true class: one product per row is K times less work than one for all.
    for row in range(classes):
        images = np.flatnonzero(label == row)
        agrees = predicted[:, images, None] == np.arange(classes)
        agrees = agrees.transpose(1, 0, 2).reshape(len(images), len(predicted) * classes).astype(np.float32)
        out[:, :, row] = (weights[:, images] @ agrees).reshape(len(weights), len(predicted), classes)
    return out.reshape(len(weights), *networks, classes, classes)


def scores_of(confusion: np.ndarray) -> np.ndarray:
    """Return the metrics of confusion matrices, as `selcn.evaluation.metrics` defines them.

    Parameters
    ----------
    confusion
        Shape (..., K, K), truth by rows.

    Returns
    -------
    ndarray
        Shape (..., 4), float64, in the order of `PREDICTION_METRICS`: accuracy; balanced accuracy (mean recall over the
        classes in the truth); macro F1 (mean over all K classes, 0 for one in neither truth nor prediction); Cohen's
        kappa (NaN where truth and prediction are one and the same class throughout). Without images, all metrics but
        macro F1 are NaN.
    """
    truth, predicted = confusion.sum(-1, dtype=np.float64), confusion.sum(-2, dtype=np.float64)
    right = np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)
    occurs, both = truth > 0, truth + predicted
    recall = np.divide(right, truth, out=np.zeros_like(right), where=occurs)
    f1 = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    with np.errstate(invalid="ignore"):
        # 0 / 0 without images, and in kappa where only one class occurs.
        accuracy = right.sum(-1) / truth.sum(-1)
        balanced_accuracy = recall.sum(-1) / occurs.sum(-1)
        chance = (truth * predicted).sum(-1) / truth.sum(-1) ** 2
        kappa = (accuracy - chance) / (1 - chance)
    return np.stack([accuracy, balanced_accuracy, f1.mean(-1), kappa], axis=-1)
