"""The lesion network (section 4.1.3): an encoder, the E-Layer that fuses symmetry CAMs, and a classifier."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from selcn.networks.lean import without_compiler
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.weights import load_weights


@dataclass(frozen=True)
class LesionSettings:
    """Settings of the lesion stage, as in `settings/lesion.yaml`.

    `head` is `average` (global pooling before the classifier) or `flatten`.
    """

    encoder: str
    freeze_encoder: bool
    input: InputSettings
    training: TrainingSettings
    dropout: float
    head: str = "average"
    inference_batch_size: int = 128

    @classmethod
    def from_config(cls, values: dict) -> "LesionSettings":
        """Build the settings from the file's values."""
        names = ("encoder", "freeze_encoder", "dropout", "head", "inference_batch_size")
        own = {key: values[key] for key in names}
        return cls(**own, input=InputSettings(**values["input"]), training=TrainingSettings(**values["training"]))


class ELayer(nn.Module):
    """Fuse a CAM into a feature map: concatenate, 1x1 convolution, batch norm, ReLU (figure 4)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels + 1, channels, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor, cam: Tensor) -> Tensor:
        """Return (B, C, h, w) for features (B, C, h, w) and CAMs (B, H, W) in 0..1, resized to the features' grid."""
        cam = F.interpolate(cam[:, None].to(features.dtype), features.shape[-2:], mode="bilinear", align_corners=False)
        return F.relu(self.norm(self.convolution(torch.cat([features, cam], dim=1))))


class LesionHead(nn.Module):
    """The classifier of the encoder's feature map, with an E-Layer in cells with CAMs.

    Computed in the precision of its weights, as `selcn.networks.precision.SinglePrecision` is.
    """

    def __init__(self, channels: int, grid: int, classes: int, settings: LesionSettings, with_cam: bool) -> None:
        super().__init__()
        self.e_layer = ELayer(channels) if with_cam else None
        if settings.head not in ("average", "flatten"):
            raise ValueError(f"unknown lesion head {settings.head!r}; expected average or flatten in lesion.head")
        if settings.head == "average":
            pool, width = nn.AdaptiveAvgPool2d(1), channels
        else:
            pool, width = nn.Identity(), channels * grid**2
        self.classifier = nn.Sequential(pool, nn.Flatten(), nn.Dropout(settings.dropout), nn.Linear(width, classes))

    def forward(self, features: Tensor, cam: Tensor | None = None) -> Tensor:
        """Return logits (B, classes) for features (B, C, h, w) and, with an E-Layer, CAMs (B, H, W)."""
        with torch.autocast(features.device.type, enabled=False):
            features = features.to(self.classifier[-1].weight.dtype)
            return self.classifier(features if self.e_layer is None else self.e_layer(features, cam))


class LesionNetwork(nn.Module):
    """Encoder and head, trained together."""

    def __init__(self, encoder: nn.Module, head: LesionHead) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, images: Tensor, cam: Tensor | None = None) -> Tensor:
        """Return logits (B, classes) for images (B, 3, size, size) and CAMs (B, H, W)."""
        return self.head(self.encoder.forward_features(images), cam)


class FrozenEncoder(nn.Module):
    """A frozen encoder up to the feature map before its last expansion, an eighth of the size to train a head on."""

    def __init__(self, name: str, weights: Path) -> None:
        with without_compiler():
            import timm  # slow to import, and not needed to train a head on frozen features

        super().__init__()
        self.model = timm.create_model(name, features_only=True, out_indices=(-1,))
        load_weights(self.model, weights)
        self.requires_grad_(False).eval()

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map, (B, C, h, w)."""
        return self.model(images)[0]


def build_lesion_network(settings: LesionSettings, weights: Path | None, classes: int, with_cam: bool) -> LesionNetwork:
    """Return a lesion network, its encoder with pre-trained weights if a file is given."""
    with without_compiler():
        import timm  # see FrozenEncoder

    encoder = timm.create_model(settings.encoder, num_classes=0)
    if weights is not None:
        load_weights(encoder, weights)
    with torch.no_grad():
        size = settings.input.size
        encoder.eval()
        _, channels, grid, _ = encoder.forward_features(torch.zeros(1, 3, size, size)).shape
    return LesionNetwork(encoder, LesionHead(channels, grid, classes, settings, with_cam))
