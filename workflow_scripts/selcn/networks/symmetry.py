"""The symmetry network (section 4.1.2): a backbone, SqueezeNet in the thesis, with two classes."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from selcn.design.classes import MALIGNANCY_CLASSES, SYMMETRY_CLASSES
from selcn.networks.backbones import build_backbone, channels_of
from selcn.networks.precision import SinglePrecision
from selcn.networks.settings import InputSettings, TrainingSettings


@dataclass(frozen=True)
class SymmetryModel:
    """A model trained on SymDerm's images.

    Attributes
    ----------
    mask
        The mask on its input: none, seg or lae.
    pretrained
        Whether training starts from ImageNet weights.
    classes
        Names of its two classes.
    """

    name: str
    mask: str
    pretrained: bool
    classes: tuple[str, str] = SYMMETRY_CLASSES


# The four models of table 6, and a sham control of the second, trained on other classes: see
# `selcn.data.splits.malignancy`.
MODELS = {
    model.name: model
    for model in (
        SymmetryModel("scratch-none", "none", False),
        SymmetryModel("none", "none", True),
        SymmetryModel("seg", "seg", True),
        SymmetryModel("lae", "lae", True),
        SymmetryModel("malignancy", "none", True, MALIGNANCY_CLASSES),
    )
}


@dataclass(frozen=True)
class SymmetrySettings:
    """Settings of the symmetry stage, as in `settings/symmetry.yaml`."""

    backbone: str
    input: InputSettings
    training: TrainingSettings
    dropout: float
    inference_batch_size: int = 128

    @classmethod
    def from_config(cls, values: dict) -> "SymmetrySettings":
        """Build the settings from the file's values."""
        own = {key: values[key] for key in ("backbone", "dropout", "inference_batch_size")}
        return cls(**own, input=InputSettings(**values["input"]), training=TrainingSettings(**values["training"]))


class SymmetryNetwork(nn.Module):
    """A backbone and a classifier: a 1x1 convolution of the feature map to two classes, then global average pooling.

    SqueezeNet's own classifier has a ReLU after the convolution. With it, a large learning rate sets both logits to
    zero for every image, which leaves no gradient and empty CAMs.
    """

    def __init__(self, features: nn.Module, channels: int, dropout: float) -> None:
        super().__init__()
        self.features = features
        last = nn.Conv2d(channels, len(SYMMETRY_CLASSES), kernel_size=1)
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.bias)
        self.classifier = SinglePrecision(nn.Dropout(dropout), last, nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, 2) for images (B, 3, size, size)."""
        return self.classifier(self.features(images))


def build_symmetry_network(settings: SymmetrySettings, weights: Path | None) -> SymmetryNetwork:
    """Return a symmetry network, its backbone with pre-trained weights if a file is given."""
    features = build_backbone(settings.backbone, weights)
    return SymmetryNetwork(features, channels_of(features, settings.input.size), settings.dropout)


def load_symmetry_network(model: Path | str, settings: SymmetrySettings, device: torch.device) -> SymmetryNetwork:
    """Return a trained symmetry network on the device, in evaluation mode, from the weights its training wrote."""
    network = build_symmetry_network(settings, None)
    network.load_state_dict(torch.load(model, weights_only=True))
    return network.to(device, memory_format=torch.channels_last).eval()
