"""Backbones of the symmetry network: networks of torchvision and timm up to their last map."""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn

from selcn.networks.lean import without_compiler
from selcn.networks.weights import TORCHVISION, build, load_weights


class TimmBackbone(nn.Module):
    """A network of timm up to its last map."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Return the last map of images (B, 3, size, size)."""
        return self.model.forward_features(images)


def build_backbone(name: str, weights: Path | None) -> nn.Module:
    """Return a network without its classifier: from images (B, 3, size, size) to its last map (B, C, h, w).

    Parameters
    ----------
    name
        A network of torchvision where `selcn.networks.weights.TORCHVISION` has it, else of timm.
    weights
        Its pre-trained weights, in its library's layout; None leaves those that it is built with.

    Raises
    ------
    WeightsError
        The file lacks a weight of the network, or has it in another shape.
    """
    if name not in TORCHVISION:
        with without_compiler():
            import timm  # takes seconds, which jobs with a network of torchvision do without

        model = timm.create_model(name, num_classes=0)
        if weights is not None:
            load_weights(model, weights)
        return TimmBackbone(model)
    model = build(name, pretrained=False)
    *body, (classifier, _) = model.named_children()
    if weights is not None:
        load_weights(model, weights, new=(classifier,))
    # SqueezeNet's are one module already; as such they keep the names of its weights.
    return body[0][1] if len(body) == 1 else nn.Sequential(OrderedDict(body))


def channels_of(backbone: nn.Module, size: int) -> int:
    """Return the channels of the map that a backbone makes of images of one size; it is left in training mode.

    Raises
    ------
    ValueError
        What it makes is no map (B, C, h, w).
    """
    backbone.eval()
    with torch.no_grad():
        shape = tuple(backbone(torch.zeros(1, 3, size, size)).shape)
    backbone.train()
    if len(shape) != 4:
        raise ValueError(
            f"the backbone turns an image of {size} pixels into the shape {shape}; expected a map (1, channels, "
            "height, width): name a convolutional network in symmetry.backbone and symmetry.backbones"
        )
    return shape[1]
