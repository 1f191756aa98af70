"""Count one segmentation network's right and wrong pixels on validation and test images."""

from pathlib import Path

import pandas as pd
import torch
import yaml

from selcn.artifacts import checked_array, read_json, read_table, write_table
from selcn.inputs import fold_samples, open_pixels
from selcn.job import logged
from selcn.pixel_counts import pixel_counts
from selcn.segmentation import SegmentationSettings, load_segmentation_network, predict_masks
from selcn.training.fit import batches, pick_device, seed_everything


def main(snakemake) -> None:
    inputs = snakemake.input
    settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    network = load_segmentation_network(snakemake.wildcards.architecture, settings, inputs.model, device)
    pixels = open_pixels("none", inputs, settings.input, device)
    truth = checked_array(inputs.truth, read_json(inputs.packed)["masks_sha256"])
    packed_rows = read_table(inputs.rows)
    samples = fold_samples(read_table(inputs.splits), 0, packed_rows)
    table = samples.table
    # The balanced pool holds turned copies, too; an image counts once, and only where its true mask is known.
    counted = table["subset"].isin(["validation", "test"]) & (table["variant"] == "original")
    counted &= packed_rows["has_mask"].to_numpy()[samples.rows.numpy()]
    counts = [
        pixel_counts(predict_masks(network, pixels, rows).numpy(), truth[rows.numpy()] > 0)
        for rows in batches(samples.rows[torch.from_numpy(counted.to_numpy())], settings.training.batch_size)
    ]
    images = table.loc[counted, ["image_id", "subset"]].reset_index(drop=True)
    write_table(images.join(pd.concat(counts, ignore_index=True)), snakemake.output.counts)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
