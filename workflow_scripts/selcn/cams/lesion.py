"""Grad-CAM++ of a lesion network on HAM10000, at the encoder's last feature map, before the E-Layer."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from selcn.cams.grad_cam import cam_of
from selcn.cams.scored_images import scored_images
from selcn.jobs.device import pick_device
from selcn.networks.lesion import LesionHead, LesionNetwork, LesionSettings
from selcn.storage.cam_table import gather_cams
from selcn.training.fit import seed_everything
from selcn.training.lesion import CellImages, build_for, lesion_inputs
from selcn.training.model_selection import best_by_test_accuracy, best_by_validation_loss
from selcn.training.samples import Samples

log = logging.getLogger("selcn.cams")


def best_fold(trained, leakfree: bool) -> int:
    """Return the fold whose network gives a cell's CAMs.

    It has the lowest validation loss in the leakfree protocol, and the highest test accuracy in the thesis's.

    Parameters
    ----------
    trained
        A training job's outputs: `histories` and `test`, one file for each fold.
    """
    if leakfree:
        best, criterion = best_by_validation_loss(trained.histories), "validation loss"
    else:
        best, criterion = best_by_test_accuracy(trained.test), "test accuracy"
    log.info("best fold by %s: %d", criterion, best)
    return best


def map_lesions(
    images: CellImages,
    lesions: str | list,
    classes: Sequence[str],
    settings: LesionSettings,
    model: str,
    fold: int,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a lesion network's CAMs of the scored images, as `selcn.storage.cam_table.write_cams` takes them.

    Parameters
    ----------
    images
        HAM10000's.
    lesions
        See `selcn.cams.scored_images.scored_images`.
    model, fold
        The network's file, and the fold it was validated on.
    """
    seed_everything(settings.training)
    device = pick_device()
    samples = originals_of(scored_images(images.rows, lesions), images.rows)
    inputs = lesion_inputs(images, samples, settings, device)
    network = build_for(inputs, images.cell, len(classes), settings, None)
    network.load_state_dict(torch.load(Path(model), weights_only=True, map_location=device))
    before, after = split_network(network.to(device).eval())

    def cams_of(chosen: torch.Tensor):
        (first, *cam), _ = inputs.batch(chosen, None)
        with torch.no_grad():
            activations = before(first)
        return cam_of(lambda x: after(x, *cam), activations)

    parts = map(cams_of, samples.batches(settings.inference_batch_size))
    frame, cams = gather_cams(parts, samples.table.assign(fold=np.int8(fold)), classes)
    log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
    return frame, cams


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
