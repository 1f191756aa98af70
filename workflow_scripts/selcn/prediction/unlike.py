"""The mark of images unlike the training data: how far their early features lie from those of training images."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from selcn.data.splits.folds import NO_FOLD
from selcn.networks.lean import without_compiler
from selcn.networks.settings import InputSettings
from selcn.networks.weights import load_weights
from selcn.prediction.bundle import Bundle
from selcn.storage.artifacts import DamagedArtifactError, replacing
from selcn.training.images import Pixels
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples

FILE = "unlike.safetensors"
"""Its file in a bundle."""

STAGE = 2
"""Which of timm's stages gives the features: the third, whose map has an eighth of the input's side."""

SIZE = 64
"""Side of the input, in pixels: at a larger one, the features tell one camera or file format from another."""

COMPONENTS = 8
"""Principal components of the training images' features that do not count as unlike."""

MOST = 2000
"""Most images that the reference is fitted on."""

KEPT = 0.99
"""Share of validation images that get no mark."""

BATCH = 64
"""Images per batch while the reference is fitted."""


class UnlikeScore(nn.Module):
    """Distance of an image's early features from the principal subspace of training images' (Ndiour et al. 2022).

    The features are the means over pixels of an early map of the pre-trained encoder. The lesion network's own last map
    would not do: in training it learns to ignore what does not tell the classes apart.

    Parameters
    ----------
    encoder
        timm's name of the lesion network's encoder.
    weights
        Its pre-trained weights; None keeps random ones.

    Attributes
    ----------
    center
        float32 (C,): mean features of training images.
    components
        float32 (K, C): their principal components, orthonormal; rows of zeros where there are too few images.
    """

    center: Tensor
    components: Tensor

    def __init__(self, encoder: str, weights: Path | None) -> None:
        with without_compiler():
            import timm  # slow to import, and not needed by jobs that are finished

        super().__init__()
        self.early = timm.create_model(encoder, num_classes=0)
        if weights is not None:
            load_weights(self.early, weights)
        self.early.prune_intermediate_layers([STAGE], prune_norm=True, prune_head=True)
        channels = self.early.feature_info[STAGE]["num_chs"]
        self.register_buffer("center", torch.zeros(channels))
        self.register_buffer("components", torch.zeros(COMPONENTS, channels))
        self.requires_grad_(False).eval()

    def features(self, images: Tensor) -> Tensor:
        """Return early features, (B, C), of network input (B, 3, 64, 64)."""
        maps = self.early.forward_intermediates(images, indices=[STAGE], stop_early=True, intermediates_only=True)
        return maps[0].mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Return how unlike the training data images are, (B,), 0 or more; higher is more unlike.

        Parameters
        ----------
        images
            Network input, (B, 3, 64, 64): whole images in every cell, resized and normalised by `input_of_score`.
        """
        deviation = self.features(images) - self.center
        return torch.linalg.vector_norm(deviation - deviation @ self.components.T @ self.components, dim=1)

    def fit(self, features: np.ndarray) -> None:
        """Fit center and components to the features of training images, (N, C).

        Raises
        ------
        ValueError
            There are fewer than two images, or a value that is not finite.
        """
        finite = bool(np.isfinite(features).all())
        if len(features) < 2 or not finite:
            raise ValueError(
                f"early features of {len(features)} training images, {'all' if finite else 'not all'} finite; expected "
                "finite features of at least two: check the encoder's pre-trained weights"
            )
        exact = features.astype(np.float64)
        center = exact.mean(axis=0)
        found = np.linalg.svd(exact - center, full_matrices=False)[2][: min(COMPONENTS, len(exact) - 1)]
        self.center.copy_(torch.from_numpy(center))
        self.components.zero_()[: len(found)] = torch.from_numpy(found)

    def save(self, path: str | Path) -> None:
        """Write the early layers, `center` and `components` as safetensors."""
        with replacing(path) as temporary:
            save_file({name: value.contiguous() for name, value in self.state_dict().items()}, temporary)

    @classmethod
    def load(cls, encoder: str, path: str | Path) -> "UnlikeScore":
        """Read a file that `save` wrote.

        Raises
        ------
        DamagedArtifactError
            It is not of this encoder, or damaged.
        """
        score = cls(encoder, None)
        try:
            score.load_state_dict(load_file(path))
        except (SafetensorError, RuntimeError) as error:
            raise DamagedArtifactError(
                f"{path}: not the early layers of {encoder} and their statistics; copy the bundle again"
            ) from error
        return score


@dataclass(frozen=True)
class Unlike:
    """A bundle's score of images unlike the training data, and the threshold above which an image is marked."""

    score: UnlikeScore
    settings: InputSettings
    threshold: float

    @classmethod
    def open(cls, bundle: Bundle, device: torch.device) -> "Unlike":
        """Read what `write_unlike` wrote into a bundle."""
        encoder = bundle.metadata["lesion"]["settings"]["encoder"]
        score = UnlikeScore.load(encoder, bundle.path(FILE)).to(device, memory_format=torch.channels_last)
        return cls(score, input_of_score(bundle.input_of("lesion")), bundle.metadata["unlike"]["threshold"])

    @torch.inference_mode()
    def scores(self, images: Tensor) -> np.ndarray:
        """Return the scores, (B,) float32, of whole images, (B, S, S, 3) uint8."""
        rows = torch.arange(len(images))
        batch = Pixels(images, None, self.settings, images.device).batch(rows, torch.zeros_like(rows))
        return self.score(batch.contiguous(memory_format=torch.channels_last)).cpu().numpy()


def write_unlike(
    bundle: Bundle, weights: Path | None, packed: PackedImages, splits: pd.DataFrame
) -> dict[str, float | int]:
    """Fit a bundle's score, write it into the bundle, and return what the metadata says of it.

    Parameters
    ----------
    weights
        Pre-trained weights of the lesion encoder; None keeps random ones.
    packed
        Unmasked images of the lesion networks' data set.
    splits
        Split table of that data set.
    """
    lesion = bundle.metadata["lesion"]
    torch.manual_seed(lesion["settings"]["training"].get("seed", 0))
    score = UnlikeScore(lesion["settings"]["encoder"], weights)
    threshold = fit_unlike(score, packed, splits, lesion["networks"][0]["fold"], bundle.input_of("lesion"))
    score.save(bundle.path(FILE))
    return {"threshold": threshold, "kept": KEPT}


def input_of_score(lesion: InputSettings) -> InputSettings:
    """Return the input settings of a score: the lesion network's at `SIZE`."""
    return replace(lesion, size=SIZE)


def fit_unlike(
    score: UnlikeScore, packed: PackedImages, splits: pd.DataFrame, fold: int, lesion: InputSettings
) -> float:
    """Fit a score to training images of a fold, and return the threshold that its validation images give.

    Parameters
    ----------
    packed
        Unmasked images of the lesion networks' data set.
    splits, fold
        Split table of that data set, and the fold of the bundle's first lesion network.
    lesion
        Input settings of the lesion networks.
    """
    pixels = packed.pixels(input_of_score(lesion), score.center.device)
    fitted, validated = (
        Samples.locate(pd.DataFrame({"image_id": ids, "variant": "original"}), packed.rows)
        for ids in reference_images(splits, fold)
    )
    score.fit(over(score.features, pixels, fitted))
    return threshold_of(over(score, pixels, validated))


@torch.inference_mode()
def over(network: Callable[[Tensor], Tensor], pixels: Pixels, samples: Samples) -> np.ndarray:
    """Return what a network returns for samples, batch by batch."""
    parts = []
    for chosen in samples.batches(BATCH):
        images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
        parts.append(network(images.contiguous(memory_format=torch.channels_last)).cpu().numpy())
    return np.concatenate(parts)


def threshold_of(scores: np.ndarray, kept: float = KEPT) -> float:
    """Return the least score of validation images that at least a share of them does not exceed.

    Raises
    ------
    ValueError
        There is no score, or one that is not finite.
    """
    if not len(scores) or not np.isfinite(scores).all():
        raise ValueError(
            f"{len(scores)} scores of validation images; expected one or more, all of them finite: check the fold's "
            "validation images in the split table"
        )
    return float(np.quantile(scores, kept, method="inverted_cdf"))


def reference_images(splits: pd.DataFrame, fold: int) -> tuple[list[str], list[str]]:
    """Return the ids of images that a reference is fitted on, and of those that the threshold is chosen on.

    The first are at most `MOST` of the development set outside the fold, by a hash of the id; the second are the
    fold's. Where only training folds are balanced, both have the classes' natural prevalence.

    Parameters
    ----------
    splits
        Split table of the lesion networks' data set.
    fold
        The fold that the bundle's first lesion network was validated on.
    """
    held_out = set(splits.loc[splits["fold"] == fold, "image_id"])
    developed = set(splits.loc[splits["fold"] != NO_FOLD, "image_id"])
    fitted = sorted(developed - held_out, key=lambda image_id: hashlib.sha256(image_id.encode()).digest())
    return fitted[:MOST], sorted(held_out)
