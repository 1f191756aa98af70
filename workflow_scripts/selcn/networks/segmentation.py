"""The segmentation networks (section 4.1.1): U-Net and DeepLabv3+ in the thesis."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from selcn.networks.lean import without_compiler
from selcn.networks.precision import SinglePrecision
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.weights import load_weights


@dataclass(frozen=True)
class SegmentationSettings:
    """Settings of the segmentation stage, as in `settings/segmentation.yaml`."""

    encoder: str
    input: InputSettings
    training: TrainingSettings
    rank_weight: float
    inference_batch_size: int = 128

    @classmethod
    def from_config(cls, values: dict) -> "SegmentationSettings":
        """Build the settings from the file's values."""
        return cls(
            values["encoder"],
            InputSettings(**values["input"]),
            TrainingSettings(**values["training"]),
            values["rank_weight"],
            values["inference_batch_size"],
        )


def build_segmentation_network(architecture: str, settings: SegmentationSettings, weights: Path | None) -> nn.Module:
    """Return a segmentation network of one class, its encoder with pre-trained weights if a file is given.

    Inside autocast the layers that make the logits of the decoder's features stay in single precision.
    """
    with without_compiler():
        import segmentation_models_pytorch as smp  # slow to import, and not needed by jobs that are finished

    network = smp.create_model(architecture, settings.encoder, encoder_weights=None, classes=1)
    head = network.segmentation_head
    if isinstance(head, nn.Sequential):
        network.segmentation_head = SinglePrecision(*head)
    else:  # DPT's, whose layers are inside
        head.head = SinglePrecision(*head.head)
    if weights is not None:
        load_weights(encoder_of(network, settings.encoder), weights)
    return network


def encoder_of(network: nn.Module, name: str) -> nn.Module:
    """Return the part of a segmentation network that pre-trained weights are of; `name` is its encoder's."""
    # Encoders from timm hold timm's network in `model`.
    return network.encoder.model if name.startswith("tu-") else network.encoder


def load_segmentation_network(
    architecture: str, settings: SegmentationSettings, model: Path, device: torch.device
) -> nn.Module:
    """Return a trained segmentation network on the device, from the weights that its training wrote."""
    network = build_segmentation_network(architecture, settings, None)
    network.load_state_dict(torch.load(model, weights_only=True))
    return network.to(device, memory_format=torch.channels_last)
