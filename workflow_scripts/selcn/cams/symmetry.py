"""Grad-CAM++ of symmetry networks, each image by the network of its fold."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from torch import Tensor, nn
from tqdm import tqdm

from selcn.cams.grad_cam import cam_of
from selcn.jobs.device import pick_device
from selcn.jobs.parallel import beside_gpu
from selcn.networks.out_of_fold import batches_by_fold, folds_of
from selcn.networks.symmetry import SymmetryModel, SymmetrySettings, load_symmetry_network
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import gather_cams
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels
from selcn.training.model_selection import best_by_test_accuracy
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples

log = logging.getLogger("selcn.cams")


def cams_by_fold(
    networks: Mapping[int, nn.Module],
    folds: np.ndarray,
    pixels: Pixels,
    samples: Samples,
    batch_size: int,
    classes: Sequence[str],
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the CAMs of all samples, each computed by the network of its fold.

    Parameters
    ----------
    networks
        The network of each fold, with `features` and `classifier`, in evaluation mode on the pixels' device.
    folds
        The fold of each sample, (n,) int8.
    classes
        Names in the order of the logits.

    Returns
    -------
    frame : DataFrame
        image_id, variant, fold, predicted, empty; in the samples' order.
    cams : ndarray
        Shape (n, h, w), float16, 0..1.
    """

    def computed(batch: tuple[int, Tensor]) -> list[Tensor]:
        fold, chosen = batch
        with torch.no_grad():
            images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
            activations = networks[fold].features(images.contiguous(memory_format=torch.channels_last))
        return [tensor.cpu() for tensor in cam_of(networks[fold].classifier, activations)]

    batches = batches_by_fold(folds, batch_size)
    order = torch.cat([chosen for _, chosen in batches]).numpy()
    parts = beside_gpu(computed, tqdm(batches, unit="batch", disable=None, leave=False), pixels.device)
    frame, cams = gather_cams(parts, samples.table.assign(fold=folds).iloc[order], classes)
    back = np.argsort(order)
    return frame.iloc[back].reset_index(drop=True), cams[back]


def compute_cams(inputs, model: SymmetryModel, packed: PackedImages, samples: Samples, folds: np.ndarray):
    """Return what `cams_by_fold` does, of a job's networks (inputs `models`, `settings`) and images."""
    settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    networks = {int(fold): load_symmetry_network(inputs.models[fold], settings, device) for fold in np.unique(folds)}
    # Each image is read for a batch or two: to keep them on a GPU would gain nothing.
    pixels = Pixels(packed.images, packed.masks, settings.input, device)
    return cams_by_fold(networks, folds, pixels, samples, settings.inference_batch_size, model.classes)


def choose_folds(inputs, dataset: str, samples: Samples) -> np.ndarray:
    """Return the fold whose network is applied to each sample: the best one, or one that never saw the lesion."""
    if inputs.lesions:
        return folds_of(read_table(inputs.lesions), dataset, samples.table["image_id"], "symmetry")
    best = best_by_test_accuracy(inputs.predictions)
    log.info("best fold by test accuracy: %d", best)
    return np.full(len(samples.table), best, np.int8)
