"""Settings of one training, as `settings/<network>.yaml` states them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingSettings:
    """What the training loop needs to know (section 5.2).

    `beta1` is Adam's first decay rate, which the thesis calls momentum. `torch_threads` is part of the settings
    because results on a CPU differ to the bit between one thread and two. `fused_adam` makes Adam's step one pass over
    the weights, `compile` the network one program; both hold on every device, and change results by rounding.
    """

    batch_size: int
    learning_rate: float
    weight_decay: float
    beta1: float = 0.9
    weighted_loss: bool = True
    epochs: int = 100
    patience: int = 10
    augmentation: str = "none"
    torch_threads: int = 1
    seed: int = 42
    fused_adam: bool = False
    compile: bool = False


@dataclass(frozen=True)
class InputSettings:
    """How a packed image becomes a network's input: side in pixels, mean and standard deviation of each channel."""

    size: int
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


def tuned(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a network's settings with the found hyper-parameters in the place of the configuration's.

    Raises
    ------
    KeyError
        A hyper-parameter is no setting of a training.
    """
    unknown = sorted(set(values) - set(settings["training"]))
    if unknown:
        raise KeyError(f"{', '.join(unknown)}: no setting of a training; expected some of {list(settings['training'])}")
    return {**settings, "training": {**settings["training"], **values}}
