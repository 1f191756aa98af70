"""Features of a frozen encoder, in half precision."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from selcn.jobs.device import pick_device
from selcn.networks.lesion import FrozenEncoder
from selcn.networks.settings import InputSettings
from selcn.storage.artifacts import write_table
from selcn.storage.row_arrays import writing_rows
from selcn.training.fit import forward
from selcn.training.images import Pixels
from selcn.training.packed import PackedImages
from selcn.training.precision import prepare_torch
from selcn.training.samples import stage_samples

log = logging.getLogger("selcn.features")
BATCH = 64


@torch.inference_mode()
def encode(packed: PackedImages, splits: pd.DataFrame, weights: str, settings: dict, folder: Path) -> None:
    """Write the features of every image and variant of a data set, and their manifest, into a folder."""
    prepare_torch(settings["torch_threads"], settings["deterministic"])
    device = pick_device()
    encoder = FrozenEncoder(settings["encoder"], Path(weights))
    encoder.to(device, memory_format=torch.channels_last)
    pixels = packed.pixels(InputSettings(**settings["input"]), device)
    samples = stage_samples(splits, packed.rows)
    shape, checksums = features_shape(encoder, pixels), []
    with writing_rows(folder / "features.npy", len(samples.table), shape, np.float16) as append:
        for chosen in samples.batches(BATCH):
            images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
            for row in forward(encoder, (images,)).half().cpu().contiguous().numpy():
                append(row)
                checksums.append(hashlib.sha256(row.tobytes()).hexdigest())
    log.info("features of %d images and variants, %s each", len(checksums), shape)
    write_table(samples.table[["image_id", "variant"]].assign(sha256=checksums), folder / "manifest.parquet")


def features_shape(encoder: FrozenEncoder, pixels: Pixels) -> tuple[int, ...]:
    """Return the shape of one image's features, (C, h, w)."""
    first = torch.zeros(1, dtype=torch.int64)
    return tuple(encoder(pixels.batch(first, first)).shape[1:])
