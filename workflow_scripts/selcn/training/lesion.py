"""Training of a lesion network: its set-up, and its inputs (images or frozen features, and CAMs)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from selcn.design.cells import mask_of, takes_cams
from selcn.design.datasets import LESION_CLASSES
from selcn.jobs.device import pick_device
from selcn.networks.lesion import LesionHead, LesionNetwork, LesionSettings, build_lesion_network
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, rows_of
from selcn.storage.row_arrays import RowFile
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels, Rows, augment, gather, on, place_of, resident
from selcn.training.samples import Samples, open_pixels
from selcn.training.setup import Setup


def set_up_lesion(inputs, cell: str, lesion_dataset: str, samples: Samples, settings: LesionSettings) -> Setup:
    """Return a lesion cell's untrained network, its task and its samples.

    Parameters
    ----------
    inputs
        The job's inputs: see `open_lesion_inputs`; and `weights` if the encoder is trained.
    """
    seed_everything(settings.training)
    device = pick_device()
    classes = LESION_CLASSES[lesion_dataset]
    lesion_inputs = open_lesion_inputs(cell, inputs, samples, settings, device)
    samples = lesion_inputs.samples
    codes = class_codes(samples.table["label"], classes).to(samples.rows.device)
    network = build_for(lesion_inputs, cell, len(classes), settings, Path(inputs.weights) if inputs.weights else None)
    train_codes = codes[samples.numbers("train")]
    weighted, batch = settings.training.weighted_loss, lesion_inputs.labelled(codes)
    task = classification_task(batch, train_codes, len(classes), weighted, device, lesion_inputs.sources())
    return Setup(network, task, samples, device)


@dataclass(frozen=True)
class LesionInputs:
    """Inputs of a lesion network, from which batches are made.

    Attributes
    ----------
    samples
        The samples, on the device if all arrays are there, else on the CPU.
    pixels
        Packed images with the cell's mask; None if the encoder is frozen.
    features, feature_rows
        Frozen features, (M, C, h, w) float16, and each sample's row in them; None if the encoder is trained.
    cams
        Symmetry CAM of each sample, (n, h, w) float16 in 0..1; None in cells without CAMs.
    """

    samples: Samples
    pixels: Pixels | None
    features: Rows | None
    feature_rows: Tensor | None
    cams: Rows | None
    device: torch.device
    augmentation: str

    def batch(self, chosen: Tensor, generator: torch.Generator | None) -> tuple[tuple[Tensor, ...], None]:
        """Return the network's inputs for sample numbers (B,), augmented if a generator is given, and no target."""
        cam = None if self.cams is None else gather(self.cams, chosen, self.device).float()
        if self.features is not None:
            assert self.feature_rows is not None
            first = gather(self.features, self.feature_rows[chosen], self.device).float()
        else:
            assert self.pixels is not None
            raw = self.pixels.raw(self.samples.rows[chosen], self.samples.variants[chosen])
            if generator is not None and cam is not None:
                raw, cam = augment(self.augmentation, generator, raw, cam[:, None])
                cam = cam[:, 0]
            elif generator is not None:
                (raw,) = augment(self.augmentation, generator, raw)
            first = self.pixels.network_input(raw)
        return ((first,) if cam is None else (first, cam)), None

    def labelled(self, codes: Tensor) -> Callable:
        """Return `batch` with each sample's class as the target; codes (n,) int64 on the samples' device."""

        def batch(chosen: Tensor, generator: torch.Generator | None) -> tuple[tuple[Tensor, ...], Tensor]:
            return self.batch(chosen, generator)[0], on(self.device, codes[chosen])

        return batch

    def sources(self) -> list[tuple[Rows, Tensor]]:
        """Return the arrays, each with the row of every sample, (n,), for reading ahead."""
        rows = self.samples.rows
        sources = [] if self.pixels is None else self.pixels.sources(rows)
        if self.features is not None:
            sources.append((self.features, self.feature_rows))
        if self.cams is not None:
            sources.append((self.cams, torch.arange(len(rows), device=rows.device)))
        return sources


def open_lesion_inputs(
    cell: str, inputs, samples: Samples, settings: LesionSettings, device: torch.device
) -> LesionInputs:
    """Open the inputs of a cell's network for some samples.

    Parameters
    ----------
    cell
        The cell's name, see `selcn.design.cells`.
    inputs
        The job's inputs: `features` and `features_rows` if the encoder is frozen, else the packed images and the
        cell's masks; `cams` if the cell takes CAMs.
    """
    pixels = features = feature_rows = cams = None
    table = samples.table
    if settings.freeze_encoder:
        features = resident(RowFile(inputs.features), device)
        rows = rows_of(read_table(inputs.features_rows), table["image_id"], table["variant"], inputs.features_rows)
        feature_rows = torch.from_numpy(rows)
    else:
        pixels = open_pixels(mask_of(cell), inputs, settings.input, device)
    if takes_cams(cell):
        frame, maps = load_cams(inputs.cams)
        cams = resident(maps[rows_of(frame, table["image_id"], table["variant"], inputs.cams)], device)
    place = place_of(features, cams, *(pixels.arrays if pixels else ()))
    if feature_rows is not None:
        feature_rows = feature_rows.to(place)
    augmentation = settings.training.augmentation
    return LesionInputs(samples.on(place), pixels, features, feature_rows, cams, device, augmentation)


def build_for(
    inputs: LesionInputs, cell: str, classes: int, settings: LesionSettings, weights: Path | None
) -> LesionHead | LesionNetwork:
    """Return a cell's untrained network: the head alone if the encoder is frozen."""
    if inputs.features is not None:
        _, channels, grid, _ = inputs.features.shape
        return LesionHead(channels, grid, classes, settings, takes_cams(cell))
    return build_lesion_network(settings, weights, classes, takes_cams(cell))


def split_network(network: LesionHead | LesionNetwork) -> tuple[nn.Module, LesionHead]:
    """Split a network at the feature map that CAMs are computed on; return the parts before and after it."""
    if isinstance(network, LesionHead):
        return nn.Identity(), network
    return _Features(network.encoder), network.head


class _Features(nn.Module):
    """An encoder up to its last feature map."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, images: Tensor) -> Tensor:
        return self.encoder.forward_features(images)


def originals_of(images: pd.DataFrame, packed_rows: pd.DataFrame) -> Samples:
    """Return images of a data set (columns image_id, label), unaugmented, as samples."""
    return Samples.locate(images[["image_id", "label"]].assign(variant="original", subset="all"), packed_rows)
