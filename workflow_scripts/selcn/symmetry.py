"""The symmetry network (section 4.1.2): SqueezeNet with two classes, and its Grad-CAM++."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn
from torchvision.models import squeezenet1_0

from selcn.training.settings import InputSettings, TrainingSettings
from selcn.weights import load_weights

CLASSES = ("asymmetric", "symmetric")


@dataclass(frozen=True)
class SymmetryModel:
    """One of the four models of table 6: the mask on its input, and whether it starts from ImageNet weights."""

    name: str
    mask: str
    pretrained: bool


MODELS = {
    model.name: model
    for model in (
        SymmetryModel("scratch-none", "none", False),
        SymmetryModel("none", "none", True),
        SymmetryModel("seg", "seg", True),
        SymmetryModel("lae", "lae", True),
    )
}


@dataclass(frozen=True)
class SymmetrySettings:
    """Settings of the symmetry stage, as `settings/symmetry.yaml` states them."""

    input: InputSettings
    training: TrainingSettings
    dropout: float

    @classmethod
    def from_config(cls, values: dict) -> "SymmetrySettings":
        """Build the settings from the file's values."""
        return cls(InputSettings(**values["input"]), TrainingSettings(**values["training"]), values["dropout"])


class SymmetryNetwork(nn.Module):
    """SqueezeNet 1.0 without the ReLU after its last convolution.

    With that ReLU a large learning rate leaves both logits at zero for every image: no gradient, empty CAMs.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.features = squeezenet1_0().features
        last = nn.Conv2d(512, len(CLASSES), kernel_size=1)
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.bias)
        self.classifier = nn.Sequential(nn.Dropout(dropout), last, nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, 2) for images (B, 3, size, size)."""
        return self.classifier(self.features(images))


def build_symmetry_network(settings: SymmetrySettings, weights: Path | None) -> SymmetryNetwork:
    """Return a symmetry network, its features from pre-trained weights where a file is given."""
    network = SymmetryNetwork(settings.dropout)
    if weights is not None:
        load_weights(network, weights, new=("classifier",))
    return network
