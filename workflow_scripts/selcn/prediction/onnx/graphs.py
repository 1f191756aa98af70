"""Graphs of the cascade's networks, from packed images on: what is exported as ONNX."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from selcn.masks.prediction import FLIPS
from selcn.networks.lesion import LesionHead
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetryNetwork
from selcn.prediction.onnx.gradients import explicit_cam, head_gradients, symmetry_gradients
from selcn.prediction.stages import features_of, scaled
from selcn.prediction.unlike import UnlikeScore
from selcn.training.images import resized


class NetworkInput(nn.Module):
    """Resizing and normalisation, as `selcn.training.images.Pixels.network_input` does them.

    ONNX has no antialiased resizing that equals torch's, so images are multiplied by torch's own weights.

    Parameters
    ----------
    settings
        Size and normalisation of the network's input.
    size
        Side of the packed images, in pixels.
    """

    resampling: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, settings: InputSettings, size: int) -> None:
        super().__init__()
        self.resizes = size != settings.size
        self.register_buffer("resampling", resampling_weights(size, settings.size))
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(getattr(settings, name)).view(1, 3, 1, 1))

    def forward(self, raw: Tensor) -> Tensor:
        """Return network input, (B, 3, size, size), for raw images, (B, 3, S, S) float32 in 0..255."""
        if self.resizes:
            raw = (self.resampling @ (self.resampling @ raw).mT).mT
        return (raw / 255 - self.mean) / self.std


def resampling_weights(size: int, target: int) -> Tensor:
    """Return the weights of torch's resizing from a side to another, (target, size) float32.

    Image k of a batch is 1 in row k and 0 elsewhere, so that its resized columns are the weights of that row.
    """
    rows = torch.eye(size)[:, None, :, None].expand(-1, 1, -1, size)
    return resized(rows, target)[:, 0, :, 0].T.contiguous()


def raw_images(images: Tensor, masks: Tensor | None = None) -> Tensor:
    """Return raw images, (B, 3, S, S) float32 in 0..255, black outside their masks.

    Parameters
    ----------
    images
        Shape (B, S, S, 3), uint8, RGB.
    masks
        Shape (B, S, S), uint8, 0 or 1.
    """
    raw = images.permute(0, 3, 1, 2).float()
    return raw if masks is None else raw * masks[:, None].float()


class SegmentationGraph(nn.Module):
    """Images to masks, by one segmentation network or several, each image with or without its flips.

    Parameters
    ----------
    networks
        In evaluation mode.
    settings, size
        See `NetworkInput`.
    flips
        Whether an image's mask is that of its four views together; see `selcn.masks.prediction`.
    """

    def __init__(self, networks: Sequence[nn.Module], settings: InputSettings, size: int, flips: bool) -> None:
        super().__init__()
        self.networks, self.input = nn.ModuleList(networks), NetworkInput(settings, size)
        self.views = FLIPS if flips else FLIPS[:1]

    def forward(self, images: Tensor) -> Tensor:
        """Return masks, (B, S, S) uint8, 1 on the lesion, for images (B, S, S, 3) uint8."""
        raw = raw_images(images)
        prepared = self.input(torch.cat([raw.flip(axes) for axes in self.views]))
        total = sum(self.votes(network(prepared), raw.shape[-2:]) for network in self.networks)
        views = total.unflatten(0, (len(self.views), -1))
        votes = sum(view.flip(axes) for view, axes in zip(views, self.views, strict=True))
        return (votes[:, 0] > 0).to(torch.uint8)

    @staticmethod
    def votes(logits: Tensor, size: Sequence[int]) -> Tensor:
        """Return how far a probability is from 0.5, -1..1.

        It is 2 * sigmoid(x) - 1, but of the smallest logits too, which a sigmoid in single precision rounds to 0.5.
        """
        return F.interpolate(logits, size, mode="bilinear", align_corners=False).div(2).tanh()


class SymmetryGraph(nn.Module):
    """Images and masks to symmetry probabilities and the Grad-CAM++ of the predicted class.

    Parameters
    ----------
    network
        In evaluation mode.
    settings, size
        See `NetworkInput`.
    """

    def __init__(self, network: SymmetryNetwork, settings: InputSettings, size: int) -> None:
        super().__init__()
        self.network, self.input = network, NetworkInput(settings, size)

    def forward(self, images: Tensor, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return a batch's probabilities (B, 2), CAMs (B, h, w), rounded to half precision, and emptiness (B,).

        Parameters
        ----------
        images, masks
            See `raw_images`.
        """
        features = self.network.features(self.input(raw_images(images, masks)))
        logits = self.network.classifier(features)
        gradients = symmetry_gradients(self.network, features, logits.argmax(dim=1))
        cam, empty = explicit_cam(features, gradients, logits)
        return logits.softmax(dim=1), cam.half().float(), empty


class LesionGraph(nn.Module):
    """Images, masks and symmetry CAMs to the probabilities of every lesion network, and their mean CAM.

    Parameters
    ----------
    networks
        Encoder and head of each, in evaluation mode; see `selcn.prediction.networks.lesion_networks`.
    settings, size
        See `NetworkInput`.
    """

    def __init__(self, networks: Sequence[tuple[nn.Module, LesionHead]], settings: InputSettings, size: int) -> None:
        super().__init__()
        encoders, heads = zip(*networks, strict=True)
        # A module that is listed twice is one module: its weights are exported once.
        self.encoders, self.heads = nn.ModuleList(encoders), nn.ModuleList(heads)
        self.input = NetworkInput(settings, size)

    def forward(self, images: Tensor, masks: Tensor, cams: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return a batch's predictions.

        Parameters
        ----------
        images, masks
            See `raw_images`.
        cams
            Shape (B, h, w), float32 in 0..1, rounded to half precision; None for heads without E-Layer.

        Returns
        -------
        networks : Tensor
            Shape (B, N, classes): probabilities of each network.
        cam : Tensor
            Shape (B, H, W), 0..1: mean over networks of the Grad-CAM++ of the class that they predict together.
        """
        maps = features_of([*zip(self.encoders, self.heads, strict=True)], self.input(raw_images(images, masks)))
        fused = [
            features if head.e_layer is None else head.e_layer(features, cams)
            for features, head in zip(maps, self.heads, strict=True)
        ]
        logits = [head.classifier(features) for features, head in zip(fused, self.heads, strict=True)]
        networks = torch.stack(logits, dim=1).softmax(dim=2)
        target = networks.mean(dim=1).argmax(dim=1)
        explained = [
            explicit_cam(features, head_gradients(head, after, target), own)[0]
            for features, head, after, own in zip(maps, self.heads, fused, logits, strict=True)
        ]
        return networks, scaled(torch.stack(explained).mean(dim=0))


class UnlikeGraph(nn.Module):
    """Images to how unlike the training data they are; see `selcn.prediction.unlike`.

    Parameters
    ----------
    score
        In evaluation mode.
    settings, size
        See `NetworkInput`.
    """

    def __init__(self, score: UnlikeScore, settings: InputSettings, size: int) -> None:
        super().__init__()
        self.score, self.input = score, NetworkInput(settings, size)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores, (B,), for images (B, S, S, 3) uint8."""
        return self.score(self.input(raw_images(images)))
