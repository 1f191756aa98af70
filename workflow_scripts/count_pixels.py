"""Count true and false positive and negative pixels of a segmentation network or ensemble, per image."""

from pathlib import Path

import pandas as pd
import torch
import yaml

from selcn.jobs.device import pick_device
from selcn.jobs.job import job
from selcn.masks.pixel_counts import pixel_counts
from selcn.masks.prediction import predict_masks
from selcn.networks.segmentation import SegmentationSettings, load_segmentation_network
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.row_arrays import ShardedArray
from selcn.training.fit import batches, seed_everything
from selcn.training.packed import PackedImages
from selcn.training.samples import fold_samples


def main(snakemake) -> None:
    inputs, params = snakemake.input, snakemake.params
    settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    architecture = snakemake.wildcards.architecture
    networks = [load_segmentation_network(architecture, settings, model, device) for model in inputs.models]
    packed = PackedImages.open(inputs)
    pixels, truth = packed.pixels(settings.input, device), ShardedArray(inputs.truth, packed.rows["image_id"])
    samples = fold_samples(read_table(inputs.splits), params.fold, packed.rows)
    table = samples.table
    # The balanced pool holds turned copies, too; an image counts once, and only where its true mask is known.
    counted = table["subset"].isin(params.subsets) & (table["variant"] == "original")
    counted &= packed.rows["has_mask"].to_numpy()[samples.rows.numpy()]
    counts = [
        pixel_counts(predict_masks(networks, pixels, rows, params.flips).numpy(), truth[rows.numpy()] > 0)
        for rows in batches(samples.rows[torch.tensor(counted.to_numpy())], settings.inference_batch_size)
    ]
    images = table.loc[counted, ["image_id", "subset"]].reset_index(drop=True)
    write_table(images.join(pd.concat(counts, ignore_index=True)), snakemake.output.counts)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
