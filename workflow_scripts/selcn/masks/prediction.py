"""Prediction of lesion masks by one segmentation network or an ensemble, with or without flips."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from selcn.jobs.parallel import beside_gpu
from selcn.networks.out_of_fold import batches_by_fold
from selcn.training.images import Pixels

# Axes of (B, C, H, W) to flip: none, horizontal, vertical, both.
FLIPS = ((), (-1,), (-2,), (-2, -1))


@torch.inference_mode()
def lesion_probabilities(networks: Sequence[nn.Module], pixels: Pixels, rows: Tensor, flips: bool) -> Tensor:
    """Return each pixel's lesion probability, averaged over networks and, with flips, over four views of the image.

    Parameters
    ----------
    networks
        Trained segmentation networks, at least one, on the pixels' device.
    rows
        Packed rows, (B,).
    flips
        Whether to predict an image also flipped horizontally, vertically and both ways; predictions are flipped back
        before averaging.

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
    logits = network(pixels.network_input(raw))
    upsampled = nn.functional.interpolate(logits, raw.shape[-2:], mode="bilinear", align_corners=False)[:, 0]
    # In single precision the smallest positive logits would round to 0.5 and leave the lesion.
    return upsampled.double().sigmoid()


def predict_masks(networks: Sequence[nn.Module], pixels: Pixels, rows: Tensor, flips: bool) -> Tensor:
    """Return lesion masks at the packed images' size, (B, S, S) bool on the CPU; see `lesion_probabilities`."""
    return (lesion_probabilities(networks, pixels, rows, flips) > 0.5).cpu()


def masks_by_fold(
    networks: Mapping[int, Sequence[nn.Module]], folds: np.ndarray, pixels: Pixels, batch_size: int, flips: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Predict the masks of all rows, each by the networks of its fold, fold by fold.

    Parameters
    ----------
    networks
        The networks to average, for each fold.
    folds
        The fold of each packed row, (n,).

    Yields
    ------
    rows, masks : ndarray
        Row numbers, (B,) int64, and their masks, (B, S, S) bool.
    """

    def predicted(batch: tuple[int, Tensor]) -> tuple[np.ndarray, np.ndarray]:
        fold, rows = batch
        return rows.numpy(), predict_masks(networks[fold], pixels, rows, flips).numpy()

    batches = tqdm(batches_by_fold(folds, batch_size), unit="batch", disable=None, leave=False)
    return beside_gpu(predicted, batches, pixels.device)
