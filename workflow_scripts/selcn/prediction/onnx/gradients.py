"""Grad-CAM++ without autograd, which ONNX lacks: the gradient of a logit at the feature map, written out.

The classifiers are a linear layer after average pooling or flattening, so that the gradient is a row of its weights; in
cells with CAMs it then passes the E-Layer's ReLU, batch norm and 1x1 convolution.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from selcn.networks.lesion import ELayer, LesionHead
from selcn.networks.symmetry import SymmetryNetwork


def symmetry_gradients(network: SymmetryNetwork, features: Tensor, target: Tensor) -> Tensor:
    """Return the gradient of a symmetry network's logits at its feature map.

    Parameters
    ----------
    features
        Shape (B, C, h, w).
    target
        Shape (B,), int64: the class of each image whose logit is derived.

    Returns
    -------
    Tensor
        Shape (B, C, h, w).
    """
    _, convolution, _, _ = network.classifier
    return pooled_gradients(convolution.weight.flatten(1).index_select(0, target), features)


def head_gradients(head: LesionHead, fused: Tensor, target: Tensor) -> Tensor:
    """Return the gradient of a lesion head's logits at the feature map that the head is given.

    Parameters
    ----------
    head
        In evaluation mode, where batch norm is linear and dropout does nothing.
    fused
        Shape (B, C, h, w): the E-Layer's output, or the feature map itself in a head without E-Layer.
    target
        Shape (B,), int64: the class of each image whose logit is derived.

    Returns
    -------
    Tensor
        Shape (B, C, h, w).
    """
    gradients = pooled_gradients(head.classifier[-1].weight.index_select(0, target), fused)
    return gradients if head.e_layer is None else through_e_layer(head.e_layer, fused, gradients)


def pooled_gradients(weights: Tensor, features: Tensor) -> Tensor:
    """Return the gradient of a linear layer's logit at the feature map that is pooled, or flattened, before it.

    Parameters
    ----------
    weights
        The layer's weights of each image's class: (B, C) after average pooling, (B, C * h * w) after flattening.
    features
        Shape (B, C, h, w).
    """
    _, channels, height, width = features.shape
    if weights.shape[1] == channels:
        return (weights / (height * width))[:, :, None, None].expand(-1, -1, height, width)
    return weights.unflatten(1, (channels, height, width))


def through_e_layer(layer: ELayer, fused: Tensor, gradients: Tensor) -> Tensor:
    """Return the gradient at an E-Layer's features from that at its output, `fused`, (B, C, h, w) each."""
    slope = layer.norm.weight / (layer.norm.running_var + layer.norm.eps).sqrt()
    passed = gradients * slope[:, None, None] * (fused > 0)
    # The last input channel is the CAM's.
    return F.conv2d(passed, layer.convolution.weight[:, :-1].transpose(0, 1))


def explicit_cam(activations: Tensor, gradients: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Grad-CAM++ maps of a batch as a graph without branches.

    The formula is that of `selcn.cams.grad_cam.grad_cam_plus_plus`, whose check of its result cannot be exported.

    Parameters
    ----------
    activations, gradients
        Shape (B, C, h, w).
    logits
        Shape (B, classes); the map of an image whose logits are not finite is empty.

    Returns
    -------
    cam : Tensor
        Shape (B, h, w), 0..1.
    empty : Tensor
        Shape (B,), bool: whether the map is constant up to rounding; it is then all 0 in `cam`.
    """
    finite = logits.isfinite().all(dim=1)[:, None, None, None]
    activations, gradients = torch.where(finite, activations, 0), torch.where(finite, gradients, 0)
    denominator = 2 + activations.sum(dim=(2, 3), keepdim=True) * gradients
    counted = (gradients > 0) & (denominator != 0)
    weights = torch.where(counted, gradients / torch.where(counted, denominator, 1), 0).sum(dim=(2, 3), keepdim=True)
    weighted = weights * activations
    raw = weighted.sum(dim=1).relu()
    lowest, highest = raw.amin(dim=(1, 2), keepdim=True), raw.amax(dim=(1, 2), keepdim=True)
    rounding = 8 * torch.finfo(raw.dtype).eps * weighted.abs().sum(dim=1).amax(dim=(1, 2), keepdim=True)
    empty = highest - lowest <= rounding
    return torch.where(empty, 0, (raw - lowest) / torch.where(empty, 1, highest - lowest)), empty[:, 0, 0]
