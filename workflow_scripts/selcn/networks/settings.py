"""Settings of a training and of its input, as in `settings/<network>.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of the training loop (section 5.2).

    `beta1` is Adam's first decay rate, which the thesis calls momentum. `schedule` is that of the learning rate
    (`selcn.training.schedule`); `cosine` spans all `epochs`. `torch_threads` is part of the settings
    because CPU results with one thread and with two are not bit-identical. `fused_adam` fuses Adam's step into one pass
    over the weights, `compile` compiles the network; both apply on every device, and change results by rounding.
    `without_bfloat16` (float16 or float32) is the precision on GPUs that do not compute in bfloat16, `deterministic`
    switches deterministic algorithms on for GPUs; a CPU computes in float32 and is always deterministic.
    """

    batch_size: int
    learning_rate: float
    weight_decay: float
    beta1: float = 0.9
    weighted_loss: bool = True
    epochs: int = 100
    patience: int = 10
    schedule: str = "constant"
    augmentation: str = "none"
    torch_threads: int = 1
    seed: int = 42
    fused_adam: bool = False
    compile: bool = False
    without_bfloat16: str = "float32"
    deterministic: bool = False


@dataclass(frozen=True)
class InputSettings:
    """Preparation of packed images as network input: side in pixels, mean and standard deviation of each channel."""

    size: int
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


def tuned(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a network's settings with the hyper-parameters found by a search.

    Raises
    ------
    KeyError
        A hyper-parameter is not a training setting.
    """
    unknown = sorted(set(values) - set(settings["training"]))
    if unknown:
        raise KeyError(f"{', '.join(unknown)}: not a training setting; expected some of {list(settings['training'])}")
    return {**settings, "training": {**settings["training"], **values}}
