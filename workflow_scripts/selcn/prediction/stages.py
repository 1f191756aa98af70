"""The cascade's stages on a batch of packed images: masks, symmetry and lesion classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from selcn.cams.grad_cam import cam_of
from selcn.design.trained_networks import ALL_FOLDS
from selcn.evaluation.calibration import with_temperature
from selcn.masks.lae import Box, box_mask, lae_box
from selcn.masks.prediction import predict_masks
from selcn.networks.lesion import LesionHead
from selcn.networks.out_of_fold import batches_by_fold
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetryNetwork
from selcn.training.fit import forward
from selcn.training.images import Pixels


@dataclass(frozen=True)
class Segmentation:
    """Lesion masks and LAE boxes; each image's by the network of its fold, or by all networks together."""

    networks: Mapping[int, nn.Module]
    settings: InputSettings
    flips: bool
    factor: float
    empty_masks: str

    def masks(self, images: Tensor, folds: np.ndarray) -> np.ndarray:
        """Return lesion masks, (B, S, S) bool, of images (B, S, S, 3) uint8 by the networks of folds (B,)."""
        pixels = Pixels(images, None, self.settings, images.device)
        masks = np.zeros(tuple(images.shape[:3]), bool)
        for fold, rows in batches_by_fold(folds, len(images)):
            networks = [*self.networks.values()] if fold == ALL_FOLDS else [self.networks[fold]]
            masks[rows.numpy()] = predict_masks(networks, pixels, rows, self.flips).numpy()
        return masks

    def box(self, mask: np.ndarray) -> tuple[Box, bool]:
        """Return a mask's LAE box, and whether it has a lesion."""
        return lae_box(mask, self.factor, self.empty_masks)


def input_masks(mask: str, masks: np.ndarray, boxes: Sequence[Box], found: Sequence[bool]) -> Tensor | None:
    """Return the masks over a network's input, (B, S, S) uint8; None leaves the images whole.

    Parameters
    ----------
    mask
        `none`, `seg` or `lae`. Without a lesion both are the LAE box, which is the whole image or empty.
    masks
        Lesion masks, (B, S, S) bool.
    """
    if mask == "none":
        return None
    chosen = [
        own if mask == "seg" and lesion else box_mask(box, len(own))
        for own, box, lesion in zip(masks, boxes, found, strict=True)
    ]
    return torch.from_numpy(np.stack(chosen).astype(np.uint8))


@dataclass(frozen=True)
class Symmetry:
    """Symmetry and its CAMs; each image's by the network of its fold."""

    networks: Mapping[int, SymmetryNetwork]
    settings: InputSettings

    def maps(self, images: Tensor, masks: Tensor | None, folds: np.ndarray) -> tuple[np.ndarray, Tensor]:
        """Return the probabilities, (B, 2) float32, and the CAMs, (B, h, w) float16 on the CPU; empty ones are 0.

        Parameters
        ----------
        images, masks
            (B, S, S, 3) uint8, and what is laid over them, (B, S, S) uint8.
        folds
            (B,), those whose networks are applied.
        """
        pixels = Pixels(images, masks, self.settings, images.device)
        rows, cams, logits = [], [], []
        for fold, chosen in batches_by_fold(folds, len(images)):
            network = self.networks[fold]
            with torch.no_grad():
                batch = pixels.batch(chosen, torch.zeros_like(chosen))
                activations = network.features(batch.contiguous(memory_format=torch.channels_last))
            cam, _, logit = cam_of(network.classifier, activations)
            rows.append(chosen)
            cams.append(cam.half().cpu())
            logits.append(logit.cpu())
        order = torch.cat(rows).argsort()
        return softmax(torch.cat(logits)[order].numpy()), torch.cat(cams)[order]


@dataclass(frozen=True)
class LesionClasses:
    """What the lesion networks say of a batch.

    Attributes
    ----------
    networks
        (B, N, classes) float32: softmax of each network.
    probabilities
        (B, classes) float64: their mean, scaled by the temperature.
    low, high
        (B, classes) float64: lowest and highest of them, each scaled by the temperature.
    cams
        (B, h, w) float32, 0..1: see `selcn.prediction.result.ImagePrediction.lesion_cam`.
    """

    networks: np.ndarray
    probabilities: np.ndarray
    low: np.ndarray
    high: np.ndarray
    cams: np.ndarray


@dataclass(frozen=True)
class Lesion:
    """Lesion classes and CAMs, by the networks of all folds and seeds."""

    networks: Sequence[tuple[nn.Module, LesionHead]]
    settings: InputSettings
    temperature: float

    def classify(self, images: Tensor, masks: Tensor | None, cams: Tensor | None) -> LesionClasses:
        """Classify images, (B, S, S, 3) uint8.

        Parameters
        ----------
        masks
            What is laid over them, (B, S, S) uint8; None leaves them whole.
        cams
            Their symmetry CAMs, (B, h, w); None in cells without.
        """
        device = images.device
        rows = torch.arange(len(images))
        given = () if cams is None else (cams.to(device).float(),)
        with torch.inference_mode():
            batch = Pixels(images, masks, self.settings, device).batch(rows, torch.zeros_like(rows))
            features = features_of(self.networks, batch)
            logits = [forward(head, (own, *given)) for (_, head), own in zip(self.networks, features, strict=True)]
        networks = np.stack([softmax(own.cpu().numpy()) for own in logits], axis=1)
        probabilities = with_temperature(networks.astype(np.float64).mean(axis=1), self.temperature)
        each = with_temperature(networks.reshape(-1, networks.shape[-1]), self.temperature).reshape(networks.shape)
        target = torch.from_numpy(probabilities.argmax(axis=1)).to(device)
        maps = [
            cam_of(partial(_with_cams, head, given), own, target)[0]
            for (_, head), own in zip(self.networks, features, strict=True)
        ]
        mean_maps = scaled(torch.stack(maps).mean(dim=0)).cpu().numpy()
        return LesionClasses(networks, probabilities, each.min(axis=1), each.max(axis=1), mean_maps)


def _with_cams(head: LesionHead, cams: tuple[Tensor, ...], features: Tensor) -> Tensor:
    return head(features, *cams)


def features_of(networks: Sequence[tuple[nn.Module, LesionHead]], batch: Tensor) -> list[Tensor]:
    """Return the last feature map of each network; networks that share a frozen encoder share the map."""
    maps: dict[int, Tensor] = {}
    for encoder, _ in networks:
        if id(encoder) not in maps:
            maps[id(encoder)] = encoder(batch)
    return [maps[id(encoder)] for encoder, _ in networks]


def scaled(cams: Tensor) -> Tensor:
    """Return maps, (B, h, w), scaled to 0..1 each; constant ones are 0."""
    lowest, highest = cams.amin(dim=(1, 2), keepdim=True), cams.amax(dim=(1, 2), keepdim=True)
    return ((cams - lowest) / (highest - lowest)).masked_fill(highest == lowest, 0)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities, (n, classes) float32, computed in double precision as those of the study."""
    logits = logits.astype(np.float64)
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
