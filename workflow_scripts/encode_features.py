"""Features of the frozen encoder for every image and variant of one data set, in half precision."""

from pathlib import Path

import numpy as np
import torch

from selcn.artifacts import read_table, sha256_of, write_array, write_json, write_table
from selcn.device import pick_device
from selcn.inputs import open_pixels, stage_samples
from selcn.job import logged
from selcn.lesion import FrozenEncoder
from selcn.training.fit import forward
from selcn.training.settings import InputSettings
from selcn.work import Work

BATCH = 64


@torch.inference_mode()
def encode(inputs, mask: str, settings: dict, folder: Path, log) -> None:
    torch.set_num_threads(settings["torch_threads"])
    device = pick_device()
    encoder = FrozenEncoder(settings["encoder"], Path(inputs.weights))
    encoder.to(device, memory_format=torch.channels_last)
    pixels = open_pixels(mask, inputs, InputSettings(**settings["input"]), device)
    samples = stage_samples(read_table(inputs.splits), read_table(inputs.rows))
    features = []
    for chosen in samples.batches(BATCH):
        images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
        features.append(forward(encoder, (images,), device).half().cpu().contiguous().numpy())
    features = np.concatenate(features)
    log.info("features %s", features.shape)
    write_array(features, folder / "features.npy")
    write_table(samples.table[["image_id", "variant"]], folder / "manifest.parquet")
    write_json({"features_sha256": sha256_of(folder / "features.npy")}, folder / "features.json")


def main(snakemake, log) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        encode(snakemake.input, snakemake.wildcards.mask, snakemake.params.settings, work.outputs, log)
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
