"""Grad-CAM++ (Chattopadhyay et al. 2018, arXiv:1710.11063)."""

from collections.abc import Callable

import torch
from torch import Tensor


def grad_cam_plus_plus(activations: Tensor, gradients: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Grad-CAM++ map of each image from a layer's activations and the logit's gradients there.

    The weight of a channel is the sum over its pixels of alpha * max(g, 0), where alpha (eq. 19 of the paper) is
    g^2 / (2 g^2 + S g^3) and S is the sum of the channel's activations. It is computed in the reduced form
    1 / (2 + S g). pytorch-grad-cam adds 1e-6 to the unreduced denominator; for gradients not well above 1e-3, as in
    networks with average pooling, its weights then grow with g^3 instead of g. The reduced form is scale-free:
    multiplying activations by c and gradients by 1/c changes nothing. Both agree at large gradients.

    Parameters
    ----------
    activations, gradients
        Shape (B, C, h, w). Computed in float32, or in float64 for float64 input.

    Returns
    -------
    cam : Tensor
        Shape (B, h, w), float32 (float64): the weighted sum of the activations, negative values set to 0, scaled to
        0..1 for each image.
    empty : Tensor
        Shape (B,), bool: whether the map is constant up to rounding; it is then all 0 in `cam`.

    Raises
    ------
    ValueError
        The shapes differ, or a map is not finite.
    """
    if activations.shape != gradients.shape or activations.ndim != 4:
        raise ValueError(
            f"activations have shape {tuple(activations.shape)} and gradients {tuple(gradients.shape)}; "
            "expected the same, (batch, channels, height, width)"
        )
    activations, gradients = _at_least_float32(activations), _at_least_float32(gradients)
    denominator = 2 + activations.sum(dim=(2, 3), keepdim=True) * gradients
    counted = (gradients > 0) & (denominator != 0)
    weights = torch.where(counted, gradients / denominator.masked_fill(~counted, 1), 0).sum(dim=(2, 3), keepdim=True)
    weighted = weights * activations
    raw = weighted.sum(dim=1).relu()
    if not raw.isfinite().all():
        raise ValueError("a Grad-CAM++ map is not finite; expected finite activations and gradients of the network")
    lowest, highest = raw.amin(dim=(1, 2), keepdim=True), raw.amax(dim=(1, 2), keepdim=True)
    # Pixels with equal activations may still differ in the last bits, by the order of summation over channels.
    rounding = 8 * torch.finfo(raw.dtype).eps * weighted.abs().sum(dim=1).amax(dim=(1, 2), keepdim=True)
    empty = highest - lowest <= rounding
    cam = ((raw - lowest) / (highest - lowest)).masked_fill(empty, 0)
    return cam, empty[:, 0, 0]


def cam_of(
    head: Callable[[Tensor], Tensor], activations: Tensor, target: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the Grad-CAM++ maps of a batch at the layer whose output `head` takes.

    Sets no hooks and no parameter's gradient. Works under `no_grad`, `inference_mode` and autocast, which it disables:
    maps are computed in float32.

    Parameters
    ----------
    head
        The rest of the network, in evaluation mode: maps activations to logits (B, classes), each image independently.
    activations
        Shape (B, C, h, w): output of the layer at which the maps are computed.
    target
        Shape (B,), int64: the class whose logit is explained; None for each image's predicted class.

    Returns
    -------
    cam : Tensor
        Shape (B, h, w), float32, 0..1.
    empty : Tensor
        Shape (B,), bool; see `grad_cam_plus_plus`. Maps of images whose logits are not finite are empty, too.
    logits : Tensor
        Shape (B, classes), detached.
    """
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(activations.device.type, enabled=False):
        leaf = _at_least_float32(activations.detach().clone()).requires_grad_()
        logits = head(leaf)
        chosen = logits.argmax(dim=1) if target is None else target
        (gradients,) = torch.autograd.grad(logits.gather(1, chosen[:, None]).sum(), leaf)
    # A diverged network explains nothing: its maps are empty.
    finite = logits.detach().isfinite().all(dim=1)[:, None, None, None]
    cam, empty = grad_cam_plus_plus(leaf.detach().where(finite, 0), gradients.where(finite, 0))
    return cam, empty, logits.detach()


def _at_least_float32(tensor: Tensor) -> Tensor:
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
