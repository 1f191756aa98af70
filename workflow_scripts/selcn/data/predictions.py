"""Predictions of classifiers: what shows that a network failed."""

import numpy as np
import pandas as pd

# Probabilities whose logarithms differ by less than this between any two images are the same, up to rounding.
CONSTANT = 1e-6


def fault_of(predictions: pd.DataFrame) -> str | None:
    """Return why predictions are those of a failed network; None where they are not.

    Parameters
    ----------
    predictions
        Columns prob_<class>.

    Returns
    -------
    str or None
        The network diverged, so that its predictions are not finite; or it ignores its input, so that its logits, and
        with them its probabilities, are the same for every image.
    """
    probabilities = predictions.filter(regex="^prob_").to_numpy(np.float64)
    if not np.isfinite(probabilities).all():
        return "predictions that are not finite"
    logarithms = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    if len(logarithms) > 1 and np.ptp(logarithms, axis=0).max() < CONSTANT:
        return "constant logits, the same prediction for every image"
    return None
