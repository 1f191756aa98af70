"""Predict lesion masks: by one segmentation network, or by the mean of several and over an image's flips."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from selcn.training.images import Pixels

# The axes of (B, C, H, W) that an image is flipped along: as it is, horizontally, vertically, both.
FLIPS = ((), (-1,), (-2,), (-2, -1))


@torch.inference_mode()
def lesion_probabilities(networks: Sequence[nn.Module], pixels: Pixels, rows: Tensor, flips: bool) -> Tensor:
    """Return the mean over networks, and with flips over four views of an image, of each pixel's lesion probability.

    Parameters
    ----------
    networks
        Trained segmentation networks, at least one, on the pixels' device.
    rows
        Packed rows, (B,).
    flips
        Whether each network sees an image also flipped horizontally, vertically and both ways. Its predictions are
        flipped back before they are averaged.

    Returns
    -------
    Tensor
        Shape (B, S, S), the packed images' size, float64 in 0..1, on the pixels' device.
    """
    raw = pixels.raw(rows, torch.zeros_like(rows))
    views = FLIPS if flips else FLIPS[:1]
    predictions = (
        probabilities_of(network, pixels, raw.flip(axes)).flip(axes) for network in networks for axes in views
    )
    return sum(predictions) / (len(networks) * len(views))


def probabilities_of(network: nn.Module, pixels: Pixels, raw: Tensor) -> Tensor:
    """Return one network's lesion probabilities, (B, S, S) float64, for raw images (B, 3, S, S)."""
    network.eval()
    with torch.autocast("cuda", dtype=torch.bfloat16, enabled=pixels.device.type == "cuda"):
        logits = network(pixels.network_input(raw)).float()
    upsampled = nn.functional.interpolate(logits, raw.shape[-2:], mode="bilinear", align_corners=False)[:, 0]
    # In single precision the smallest logits above 0 would become 0.5 and leave the lesion.
    return upsampled.double().sigmoid()


def predict_masks(networks: Sequence[nn.Module], pixels: Pixels, rows: Tensor, flips: bool) -> Tensor:
    """Return lesion masks at the packed images' size, (B, S, S) bool on the CPU; see `lesion_probabilities`."""
    return (lesion_probabilities(networks, pixels, rows, flips) > 0.5).cpu()
