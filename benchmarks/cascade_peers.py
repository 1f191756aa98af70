"""What people would write to predict images with the networks of a bundle: pytorch-grad-cam, in batches or one by one.

Hair removal, packing, networks, folds and outputs are those of the bundle; images are prepared by as many threads.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import cv2
import numpy as np
import torch
from pytorch_grad_cam import GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from selcn.design.trained_networks import ALL_FOLDS
from selcn.evaluation.calibration import with_temperature
from selcn.jobs.parallel import in_order
from selcn.networks.lesion import LesionHead
from selcn.prediction.cascade import PREPARING, Cascade
from selcn.prediction.preparing import Prepared
from selcn.prediction.stages import input_masks
from selcn.training.images import resized

Output = dict[str, np.ndarray]


class Whole(nn.Module):
    """A lesion network as one module of images, with the CAMs of the batch beside it."""

    def __init__(self, encoder: nn.Module, head: LesionHead) -> None:
        super().__init__()
        self.encoder, self.place, self.head = encoder, nn.Identity(), head
        self.cams: Tensor | None = None

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, classes) for images (B, 3, size, size)."""
        features = self.encoder(images)
        if torch.is_grad_enabled():
            # Also where the encoder is frozen, whose weights need no gradient.
            features = features.detach().requires_grad_()
        features = self.place(features)
        return self.head(features) if self.cams is None else self.head(features, self.cams)


class Peer:
    """Prediction by the networks of a cascade with pytorch-grad-cam."""

    def __init__(self, cascade: Cascade) -> None:
        self.cascade = cascade
        self.lesion = [Whole(encoder, head).eval() for encoder, head in cascade.lesion.networks]

    def stream(self, paths: Iterable[str], batch_size: int) -> Iterator[Output]:
        """Yield the outputs of batches of images."""
        cv2.setNumThreads(1)
        prepared = in_order(self.cascade.prepare, paths, PREPARING)
        while batch := list(islice(prepared, batch_size)):
            yield self.predict(batch)

    def predict(self, batch: Sequence[Prepared]) -> Output:
        """Return masks, symmetry, lesion probabilities and both CAMs of a batch."""
        cascade, told = self.cascade, self.cascade.bundle.metadata
        images = torch.from_numpy(np.stack([image.packed for image in batch]))
        masks = self._masks(images, cascade.folds_of(batch, "segmentation"))
        boxes, found = zip(*map(cascade.segmentation.box, masks), strict=True)

        def prepared(stage: str, settings) -> Tensor:
            over = input_masks(told[stage]["mask"], masks, boxes, found)
            return network_input(images if over is None else images * over[..., None], settings)

        folds = cascade.folds_of(batch, "symmetry")
        symmetry, symmetry_cams = self._symmetry(prepared("symmetry", cascade.symmetry.settings), folds)
        first = prepared("lesion", cascade.lesion.settings)
        given = torch.from_numpy(symmetry_cams).half().float() if told["lesion"]["takes_cams"] else None
        with torch.no_grad():
            for network in self.lesion:
                network.cams = given
            networks = np.stack([network(first).softmax(dim=1).numpy() for network in self.lesion], axis=1)
        probabilities = with_temperature(networks.mean(axis=1), cascade.lesion.temperature)
        cams = np.mean([self._lesion_cams(network, first, probabilities) for network in self.lesion], axis=0)
        return {
            "masks": masks,
            "symmetry": symmetry,
            "symmetry_cams": symmetry_cams,
            "networks": networks,
            "cams": cams,
        }

    def _masks(self, images: Tensor, folds: np.ndarray) -> np.ndarray:
        segmentation, size = self.cascade.segmentation, images.shape[1]
        batch, masks = network_input(images, segmentation.settings), np.zeros(tuple(images.shape[:3]), bool)
        views = ((), (3,), (2,), (2, 3)) if segmentation.flips else ((),)
        for fold in np.unique(folds):
            chosen = np.flatnonzero(folds == fold)
            networks = segmentation.networks
            used = list(networks.values()) if fold == ALL_FOLDS else [networks[fold]]
            with torch.no_grad():
                maps = [net(batch[chosen].flip(axes)).flip(axes) for net in used for axes in views]
                maps = [nn.functional.interpolate(own, (size, size), mode="bilinear").sigmoid() for own in maps]
            masks[chosen] = (torch.stack(maps).mean(dim=0)[:, 0] > 0.5).numpy()
        return masks

    def _symmetry(self, batch: Tensor, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities, cams = np.zeros((len(batch), 2), np.float32), None
        for fold in np.unique(folds):
            chosen, network = np.flatnonzero(folds == fold), self.cascade.symmetry.networks[fold]
            with GradCAMPlusPlus(model=network, target_layers=[network.features[-1]]) as maker:
                own = maker(input_tensor=batch[chosen], targets=None)
                probabilities[chosen] = maker.outputs.softmax(dim=1).detach().numpy()
            cams = np.zeros((len(batch), *own.shape[1:]), np.float32) if cams is None else cams
            cams[chosen] = own
        return probabilities, cams

    @staticmethod
    def _lesion_cams(network: Whole, batch: Tensor, probabilities: np.ndarray) -> np.ndarray:
        targets = [ClassifierOutputTarget(int(number)) for number in probabilities.argmax(axis=1)]
        with GradCAMPlusPlus(model=network, target_layers=[network.place]) as maker:
            return maker(input_tensor=batch, targets=targets)


def network_input(images: Tensor, settings) -> Tensor:
    """Return a network's input, (B, 3, size, size), of images (B, S, S, 3) uint8."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (settings.mean, settings.std))
    scaled = (resized(images.permute(0, 3, 1, 2).float(), settings.size) / 255 - mean) / std
    return scaled.contiguous(memory_format=torch.channels_last)
