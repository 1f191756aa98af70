"""What a bundle's ONNX models cost in accuracy, compared with its networks in the library."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from selcn.prediction.cascade import BATCH, Cascade
from selcn.prediction.onnx import predict
from selcn.prediction.preparing import Prepared


def cost_of_onnx(folder: Path, images: np.ndarray, labels: Sequence[str]) -> dict[str, float]:
    """Return how predictions by a bundle's ONNX models differ from the library's.

    Parameters
    ----------
    folder
        The bundle's, whose metadata has the entry `onnx`.
    images
        Packed images without hair, (n, S, S, 3) uint8 RGB.
    labels
        The true class of each, (n,).

    Returns
    -------
    dict
        `images`; `largest_difference` of a probability, 0..1; `changed`, the share of images whose predicted class is
        another; `accuracy` of the library and by how much the ONNX models' exceeds it, `accuracy_difference`.
    """
    prepared = [Prepared(hashlib.sha256(image.tobytes()).hexdigest(), image, image, 0.0) for image in images]
    library, models = Cascade.load(folder, "cpu"), predict.Cascade(folder)
    batches = (prepared[start : start + BATCH] for start in range(0, len(prepared), BATCH))
    expected = np.stack([each.probabilities for batch in batches for each in library.predict_prepared(batch)])
    found = np.stack([models.predict(image.packed, image.sha256).probabilities for image in prepared])
    truth = np.asarray(labels)
    classes = np.array(library.bundle.metadata["classes"])
    right, still_right = (classes[each.argmax(axis=1)] == truth for each in (expected, found))
    return {
        "images": len(prepared),
        "largest_difference": float(np.abs(found - expected).max()),
        "changed": float((found.argmax(axis=1) != expected.argmax(axis=1)).mean()),
        "accuracy": float(right.mean()),
        "accuracy_difference": float(still_right.mean() - right.mean()),
    }
