"""Grad-CAM++ of symmetry networks, each image by the network of its fold."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from selcn.cams.grad_cam import cam_of
from selcn.jobs.parallel import beside_gpu
from selcn.networks.out_of_fold import batches_by_fold
from selcn.storage.cam_table import gather_cams
from selcn.training.images import Pixels
from selcn.training.samples import Samples


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
