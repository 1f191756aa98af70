"""Backbones of the symmetry network: torchvision and timm networks up to their last feature map."""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn

from selcn.networks.lean import without_compiler
from selcn.networks.weights import TORCHVISION, build, load_weights


class TimmBackbone(nn.Module):
    """A timm network up to its last feature map."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Return the last feature map of images (B, 3, size, size)."""
        return self.model.forward_features(images)


def build_backbone(name: str, weights: Path | None) -> nn.Module:
    """Return a network without its classifier, from images (B, 3, size, size) to feature maps (B, C, h, w).

    Parameters
    ----------
    name
        A torchvision network if `selcn.networks.weights.TORCHVISION` lists it, else a timm network.
    weights
        Its pre-trained weights, in its library's layout; None keeps the random initialisation.

    Raises
    ------
    WeightsError
        The file lacks a weight of the network, or has it in another shape.
    """
    model, new = without_classifier(name)
    if weights is not None:
        load_weights(model, weights, new)
    if name not in TORCHVISION:
        return TimmBackbone(model)
    body = list(model.named_children())[:-1]
    # SqueezeNet's layers are already one module, which keeps the names of their weights.
    return body[0][1] if len(body) == 1 else nn.Sequential(OrderedDict(body))


def without_classifier(name: str) -> tuple[nn.Module, tuple[str, ...]]:
    """Return a network, and the prefixes of its weights that are its library's classifier's, if it has them."""
    if name not in TORCHVISION:
        with without_compiler():
            import timm  # slow to import, and not needed for torchvision networks

        return timm.create_model(name, num_classes=0), ()
    model = build(name, pretrained=False)
    return model, (list(model.named_children())[-1][0],)


def channels_of(backbone: nn.Module, size: int) -> int:
    """Return the channels of a backbone's feature maps for one image size; leaves the backbone in training mode.

    Raises
    ------
    ValueError
        The output is not a feature map (B, C, h, w).
    """
    backbone.eval()
    with torch.no_grad():
        shape = tuple(backbone(torch.zeros(1, 3, size, size)).shape)
    backbone.train()
    if len(shape) != 4:
        raise ValueError(
            f"the backbone's output for an image of {size} pixels has shape {shape}; expected a feature map "
            "(1, channels, height, width): choose a convolutional network in symmetry.backbone and symmetry.backbones"
        )
    return shape[1]
