"""Training of a lesion network: its inputs, pixels or frozen features and CAMs, and its set-up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from selcn.design.cells import mask_of, takes_cams
from selcn.jobs.device import pick_device
from selcn.networks.lesion import LesionHead, LesionNetwork, LesionSettings, build_lesion_network
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import load_cams, rows_of
from selcn.storage.row_arrays import RowFile
from selcn.training.classification import class_codes, classification_task
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels, Rows, augment, gather, on, place_of
from selcn.training.packed import PackedImages
from selcn.training.residency import resident
from selcn.training.samples import Samples
from selcn.training.setup import Setup


@dataclass(frozen=True)
class VariantRows:
    """An array of one row an (image, variant), and the table of these.

    Attributes
    ----------
    path
        The table's file, for errors.
    """

    table: pd.DataFrame
    array: RowFile | np.ndarray
    path: str

    def rows_of(self, samples: Samples) -> np.ndarray:
        """Return the row of each sample, (n,) int64."""
        return rows_of(self.table, samples.table["image_id"], samples.table["variant"], self.path)


@dataclass(frozen=True)
class CellImages:
    """Images of a data set as a cell's network is given them, opened once a job.

    Attributes
    ----------
    rows
        The packed manifest.
    packed
        The images, masked as the cell asks; None where the encoder is frozen.
    features
        Frozen features, float16; None where the encoder is trained.
    cams
        Symmetry CAMs, float16 in 0..1; None in cells without.
    """

    cell: str
    rows: pd.DataFrame
    packed: PackedImages | None
    features: VariantRows | None
    cams: VariantRows | None

    @classmethod
    def open(cls, cell: str, inputs, frozen: bool) -> "CellImages":
        """Open a job's inputs.

        Parameters
        ----------
        cell
            `cls-<mask>_sym-<cam>`.
        inputs
            `rows`; `features`, `features_rows` where the encoder is frozen, else the packed images and masks; `cams`
            where the cell takes any.
        """
        packed = features = cams = None
        if frozen:
            rows = read_table(inputs.rows)
            features = VariantRows(read_table(inputs.features_rows), RowFile(inputs.features), inputs.features_rows)
        else:
            packed = PackedImages.open(inputs, mask_of(cell))
            rows = packed.rows
        if takes_cams(cell):
            cams = VariantRows(*load_cams(inputs.cams), inputs.cams)
        return cls(cell, rows, packed, features, cams)


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


def lesion_inputs(images: CellImages, samples: Samples, settings: LesionSettings, device: torch.device) -> LesionInputs:
    """Return the batches of some samples for a cell's network, in memory where they fit there."""
    pixels = features = feature_rows = cams = None
    if images.features is None:
        assert images.packed is not None
        pixels = images.packed.pixels(settings.input, device)
    else:
        features = resident(images.features.array, device)
        feature_rows = torch.from_numpy(images.features.rows_of(samples))
    if images.cams is not None:
        cams = resident(images.cams.array[images.cams.rows_of(samples)], device)
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


def set_up_lesion(
    images: CellImages, classes: Sequence[str], samples: Samples, settings: LesionSettings, weights: str | None
) -> Setup:
    """Return a lesion cell's network and its task.

    Parameters
    ----------
    classes
        Names in the order of the logits.
    weights
        The file that a trained encoder starts from; None where the encoder is frozen.
    """
    seed_everything(settings.training)
    device = pick_device()
    inputs = lesion_inputs(images, samples, settings, device)
    samples = inputs.samples
    codes = class_codes(samples.table["label"], classes).to(samples.rows.device)
    network = build_for(inputs, images.cell, len(classes), settings, Path(weights) if weights else None)
    train_codes = codes[samples.numbers("train")]
    weighted, batch = settings.training.weighted_loss, inputs.labelled(codes)
    task = classification_task(batch, train_codes, len(classes), weighted, device, inputs.sources())
    return Setup(network, task, samples, device)
