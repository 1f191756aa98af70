"""Drawn images, masks and CAMs, and a lesion network in small that is trained on them, on any device."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from declared import LESION_CLASSES
from selcn.data.variants import VARIANTS
from selcn.networks.lesion import LesionHead, LesionNetwork, LesionSettings
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.training.ahead import ReadAhead
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import Task
from selcn.training.images import BoxMasks, Pixels, place_of
from selcn.training.lesion import LesionInputs
from selcn.training.residency import resident
from selcn.training.samples import Samples

IMAGES, SIDE, TRAINED = 52, 48, 90
LABELS = LESION_CLASSES["ham10000"]
INPUT = InputSettings(32)
# A last batch that is smaller, in training (90 of 16) and in validation (14).
TRAINING = TrainingSettings(16, 1e-3, 1e-4, epochs=4, patience=4)


class Encoder(nn.Module):
    """An encoder in small, called as timm's are."""

    def __init__(self) -> None:
        super().__init__()
        layers = (
            (nn.Conv2d(a, b, 3, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()) for a, b in pairwise((3, 16, 32))
        )
        self.layers = nn.Sequential(*(layer for group in layers for layer in group))

    def forward_features(self, images: Tensor) -> Tensor:
        return self.layers(images)


@dataclass(frozen=True)
class Drawn:
    """What a cell with a mask and CAMs is given, drawn from a seed: arrays on the CPU, and inputs made of them."""

    images: np.ndarray
    masks: np.ndarray
    cams: np.ndarray
    samples: Samples

    def pixels(self, device: torch.device, kind: str, size: int = INPUT.size) -> Pixels:
        """Return masked images that lie on the device (`resident`, `box`) or are read ahead (`ahead`)."""
        arrays = [self.images, self.masks]
        if kind == "ahead":
            arrays = [ReadAhead(torch.from_numpy(array), device) for array in arrays]
        elif kind == "box":
            boxes = torch.tensor([[k % 7, k % 5, 20 + k % 20, 25 + k % 11] for k in range(IMAGES)])
            arrays = [resident(self.images, device), BoxMasks(boxes, SIDE).to(device)]
        else:
            arrays = [resident(array, device) for array in arrays]
        return Pixels(*arrays, replace(INPUT, size=size), device)

    def inputs(self, device: torch.device, kind: str = "resident", augmentation: str = "dihedral") -> LesionInputs:
        """Return the lesion network's inputs."""
        pixels = self.pixels(device, kind)
        cams = ReadAhead(torch.from_numpy(self.cams), device) if kind == "ahead" else resident(self.cams, device)
        place = place_of(*pixels.arrays, cams)
        return LesionInputs(self.samples.on(place), pixels, None, None, cams, device, augmentation)

    def task(self, inputs: LesionInputs) -> Task:
        """Return the task of telling the drawn classes."""
        samples = inputs.samples
        codes = class_codes(samples.table["label"], LABELS).to(samples.rows.device)
        train_codes = codes[samples.numbers("train")]
        return classification_task(
            inputs.labelled(codes), train_codes, len(LABELS), True, inputs.device, inputs.sources()
        )


def draw() -> Drawn:
    """Return arrays and samples, always the same."""
    rng = np.random.default_rng(0)
    numbers = np.arange(2 * IMAGES)
    table = pd.DataFrame(
        {
            "image_id": [f"{k // 2:03d}" for k in numbers],
            "variant": [VARIANTS[(k + k // 4) % 4] for k in numbers],
            "label": [LABELS[k % 7] for k in numbers],
            "subset": np.where(numbers < TRAINED, "train", "validation"),
        }
    )
    return Drawn(
        rng.integers(0, 256, (IMAGES, SIDE, SIDE, 3), dtype=np.uint8),
        (rng.random((IMAGES, SIDE, SIDE)) > 0.3).astype(np.uint8),
        rng.random((len(table), 5, 5)).astype(np.float16),
        Samples.locate(table, table[["image_id"]].drop_duplicates()),
    )


def network(dropout: float = 0.4) -> LesionNetwork:
    """Return a lesion network with the E-Layer, its weights always the same."""
    torch.manual_seed(1)
    settings = LesionSettings("none", False, INPUT, TRAINING, dropout)
    return LesionNetwork(Encoder(), LesionHead(32, INPUT.size // 4, len(LABELS), settings, with_cam=True))
