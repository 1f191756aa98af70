"""The segmentation networks (section 4.1.1), U-Net and DeepLabv3+ in the thesis, with Dice and rank loss."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from selcn.lean import without_compiler
from selcn.losses import segmentation_loss
from selcn.training.fit import Task
from selcn.training.images import Pixels, Rows, augment, gather, on, resized, vary_batch
from selcn.training.settings import InputSettings, TrainingSettings
from selcn.weights import load_weights


@dataclass(frozen=True)
class SegmentationSettings:
    """Settings of the segmentation stage, as `settings/segmentation.yaml` states them."""

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
    """Return a segmentation network of one class, its encoder from pre-trained weights where a file is given."""
    with without_compiler():
        import segmentation_models_pytorch as smp  # takes seconds, which jobs whose work is finished do without

    network = smp.create_model(architecture, settings.encoder, encoder_weights=None, classes=1)
    if weights is not None:
        # Encoders that smp takes from timm keep timm's network under `model`.
        load_weights(network.encoder.model if settings.encoder.startswith("tu-") else network.encoder, weights)
    return network


def load_segmentation_network(
    architecture: str, settings: SegmentationSettings, model: Path, device: torch.device
) -> nn.Module:
    """Return a trained segmentation network on the device, from the weights that its training wrote."""
    network = build_segmentation_network(architecture, settings, None)
    network.load_state_dict(torch.load(model, weights_only=True))
    return network.to(device, memory_format=torch.channels_last)


def segmentation_task(
    pixels: Pixels, truth: Rows, rows: Tensor, variants: Tensor, settings: SegmentationSettings
) -> Task:
    """Return the task of a segmentation network.

    Parameters
    ----------
    truth
        Lesion masks of all packed images, (N, S, S) uint8, 0 or 1.
    rows, variants
        Packed row and variant of each sample, (n,), on the device where both arrays are, else on the CPU.
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
    """Return the sum over a batch of each image's Dice at the network's input size; 1 where both masks are empty.

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
