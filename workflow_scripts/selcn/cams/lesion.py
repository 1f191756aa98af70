"""Grad-CAM++ of a lesion network on HAM10000, at the encoder's last feature map, before the E-Layer."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from selcn.cams.grad_cam import cam_of
from selcn.cams.scored_images import scored_images
from selcn.jobs.device import pick_device
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import gather_cams
from selcn.training.fit import seed_everything
from selcn.training.lesion import build_for, open_lesion_inputs, originals_of, split_network
from selcn.training.model_selection import best_by_test_accuracy, best_by_validation_loss

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
    inputs, cell: str, classes: Sequence[str], settings: LesionSettings, model: str, fold: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a lesion network's CAMs of the scored images, as `selcn.storage.cam_table.write_cams` takes them.

    Parameters
    ----------
    inputs
        The network's inputs on HAM10000: see `selcn.training.lesion.open_lesion_inputs`; and `lesions`, see
        `selcn.cams.scored_images.scored_images`.
    model, fold
        The network's file, and the fold it was validated on.
    """
    seed_everything(settings.training)
    device = pick_device()
    rows = read_table(inputs.rows)
    samples = originals_of(scored_images(rows, inputs.lesions), rows)
    lesion_inputs = open_lesion_inputs(cell, inputs, samples, settings, device)
    network = build_for(lesion_inputs, cell, len(classes), settings, None)
    network.load_state_dict(torch.load(Path(model), weights_only=True, map_location=device))
    before, after = split_network(network.to(device).eval())

    def cams_of(chosen: torch.Tensor):
        (first, *cam), _ = lesion_inputs.batch(chosen, None)
        with torch.no_grad():
            activations = before(first)
        return cam_of(lambda x: after(x, *cam), activations)

    parts = map(cams_of, samples.batches(settings.inference_batch_size))
    frame, cams = gather_cams(parts, samples.table.assign(fold=np.int8(fold)), classes)
    log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
    return frame, cams
