"""The networks of a bundle, built with its weights, in evaluation mode."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from selcn.networks.lesion import FrozenEncoder, LesionHead, LesionNetwork, LesionSettings, build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.symmetry import SymmetryNetwork, SymmetrySettings, build_symmetry_network
from selcn.prediction.bundle import Bundle
from selcn.training.fit import forward

Network = TypeVar("Network", bound=nn.Module)


def segmentation_networks(bundle: Bundle, device: torch.device) -> dict[int, nn.Module]:
    """Return the segmentation network of each fold."""
    part = bundle.metadata["segmentation"]
    settings = SegmentationSettings.from_config(part["settings"])
    return {
        int(fold): loaded(build_segmentation_network(part["architecture"], settings, None), bundle.path(name), device)
        for fold, name in part["networks"].items()
    }


def symmetry_networks(bundle: Bundle, device: torch.device) -> dict[int, SymmetryNetwork]:
    """Return the symmetry network of each fold."""
    part = bundle.metadata["symmetry"]
    settings = SymmetrySettings.from_config(part["settings"])
    return {
        int(fold): loaded(build_symmetry_network(settings, None), bundle.path(name), device)
        for fold, name in part["networks"].items()
    }


class FrozenFeatures(nn.Module):
    """A frozen encoder whose features are rounded to half precision, as the study keeps them."""

    def __init__(self, encoder: FrozenEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map, (B, C, h, w) float32."""
        return forward(self.encoder, (images,)).half().float()


class TrainedFeatures(nn.Module):
    """The encoder of a lesion network, up to its last feature map."""

    def __init__(self, network: LesionNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map, (B, C, h, w)."""
        return self.encoder.forward_features(images.contiguous(memory_format=torch.channels_last))


def lesion_networks(bundle: Bundle, device: torch.device) -> list[tuple[nn.Module, LesionHead]]:
    """Return the encoder and the head of each lesion network; a frozen encoder is the same one for all."""
    part = bundle.metadata["lesion"]
    settings = LesionSettings.from_config(part["settings"])
    classes, files = len(bundle.metadata["classes"]), [bundle.path(network["file"]) for network in part["networks"]]
    if part["encoder"] is not None:
        return _heads_of(bundle, settings, files, device)
    networks = (build_lesion_network(settings, None, classes, part["takes_cams"]) for _ in files)
    return [
        (TrainedFeatures(network), network.head)
        for network in (loaded(network, file, device) for network, file in zip(networks, files, strict=True))
    ]


def _heads_of(
    bundle: Bundle, settings: LesionSettings, files: Sequence[Path], device: torch.device
) -> list[tuple[nn.Module, LesionHead]]:
    part: Mapping[str, Any] = bundle.metadata["lesion"]
    encoder = FrozenFeatures(FrozenEncoder(settings.encoder, bundle.path(part["encoder"])))
    encoder = encoder.to(device, memory_format=torch.channels_last).eval()
    size = settings.input.size
    _, channels, grid, _ = encoder(torch.zeros(1, 3, size, size, device=device)).shape
    classes = len(bundle.metadata["classes"])
    heads = (LesionHead(channels, grid, classes, settings, part["takes_cams"]) for _ in files)
    return [(encoder, loaded(head, file, device)) for head, file in zip(heads, files, strict=True)]


def loaded(network: Network, weights: Path, device: torch.device) -> Network:
    """Return a network with the weights of a file, on a device, in evaluation mode."""
    network.load_state_dict(load_file(weights))
    return network.to(device, memory_format=torch.channels_last).eval()
