"""Training of a segmentation network on HAM10000: its set-up, its task, and the Dice score of its search."""

from pathlib import Path

import torch
from torch import Tensor

from selcn.jobs.device import pick_device
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.storage.row_arrays import ShardedArray
from selcn.training.fit import Task, seed_everything
from selcn.training.images import Pixels, Rows, augment, gather, on, place_of, resized, vary_batch
from selcn.training.losses import segmentation_loss
from selcn.training.packed import PackedImages
from selcn.training.residency import resident
from selcn.training.samples import Samples
from selcn.training.setup import Setup


def set_up_segmentation(
    packed: PackedImages,
    truth: ShardedArray,
    architecture: str,
    samples: Samples,
    settings: SegmentationSettings,
    weights: str | None,
) -> Setup:
    """Return a segmentation network and its task.

    Parameters
    ----------
    truth
        True masks of the packed images, (N, S, S) uint8, 0 or 1.
    weights
        The file that the encoder starts from; None where it starts from random weights.
    """
    seed_everything(settings.training)
    device = pick_device()
    pixels, masks = packed.pixels(settings.input, device), resident(truth, device)
    samples = samples.on(place_of(*pixels.arrays, masks))
    network = build_segmentation_network(architecture, settings, Path(weights) if weights else None)
    task = segmentation_task(pixels, masks, samples.rows, samples.variants, settings)
    return Setup(network, task, samples, device)


def segmentation_task(
    pixels: Pixels, truth: Rows, rows: Tensor, variants: Tensor, settings: SegmentationSettings
) -> Task:
    """Return the task of a segmentation network: Dice and rank loss (eq. 2), and pixel accuracy.

    Parameters
    ----------
    truth
        True masks of all packed images, (N, S, S) uint8, 0 or 1.
    rows, variants
        Packed row and variant of each sample, (n,), on the device if both arrays are there, else on the CPU.
    """

    def batch(chosen: Tensor, generator: torch.Generator | None) -> tuple[tuple[Tensor], Tensor]:
        images = pixels.raw(rows[chosen], variants[chosen])
        masks = gather(truth, rows[chosen], pixels.device)[:, None]
        masks = vary_batch(masks, on(pixels.device, variants[chosen])).float()
        if generator is not None:
            images, masks = augment(settings.training.augmentation, generator, images, masks)
        return (pixels.network_input(images),), (resized(masks, settings.input.size)[:, 0] >= 0.5).float()

    return Task(
        batch=batch,
        loss=lambda output, target: segmentation_loss(output, target, settings.rank_weight),
        correct=lambda output, target: ((output[:, 0] > 0) == (target > 0.5)).float().mean((1, 2)).sum(),
        sources=[*pixels.sources(rows), (truth, rows)],
    )


def summed_dice(output: Tensor, target: Tensor) -> Tensor:
    """Return the sum of the images' Dice at the network's input size; 1 for an image with both masks empty.

    Parameters
    ----------
    output
        Logits, (B, 1, size, size).
    target
        True masks, (B, size, size), 0 or 1.
    """
    predicted, true = output[:, 0] > 0, target > 0.5
    both, either = (predicted & true).sum((1, 2)), predicted.sum((1, 2)) + true.sum((1, 2))
    return torch.where(either > 0, 2 * both / either.clamp(min=1), 1.0).sum()
