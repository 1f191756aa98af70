"""The learning rate over the steps of a training."""

import math

from selcn.networks.settings import TrainingSettings

CONSTANT, COSINE = "constant", "cosine"
WARM_UP = 0.1
"""Share of a training in which the learning rate of `cosine` rises."""


def learning_rate(settings: TrainingSettings, epochs: float) -> float:
    """Return the learning rate of the next step.

    Parameters
    ----------
    epochs
        Epochs that are done, with the share of the present one, 0..`settings.epochs`.

    Notes
    -----
    `constant` is the thesis's (section 5.2). `cosine` rises linearly from 0 and falls to 0 as half a cosine, without
    restarts: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5; the
    rise is that of Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677, section 2.2.

    Raises
    ------
    ValueError
        The schedule is unknown.
    """
    if settings.schedule == CONSTANT:
        return settings.learning_rate
    if settings.schedule != COSINE:
        raise ValueError(f"unknown schedule {settings.schedule!r}; expected {CONSTANT} or {COSINE}")
    done = epochs / settings.epochs
    if done < WARM_UP:
        return settings.learning_rate * done / WARM_UP
    return settings.learning_rate * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2
