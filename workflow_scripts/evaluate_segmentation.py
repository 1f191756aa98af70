"""Score one segmentation network on validation and test images against the true lesion masks (table 5)."""

from pathlib import Path

import pandas as pd
import torch
import yaml

from selcn.artifacts import read_json, read_table, write_json, write_table
from selcn.inputs import checked_array, fold_samples, open_pixels
from selcn.job import logged
from selcn.metrics import segmentation_scores
from selcn.segmentation import SegmentationSettings, build_segmentation_network, predict_masks
from selcn.training.fit import batches, pick_device, seed_everything

SCORES = ("dice", "sensitivity", "specificity", "accuracy")


def summary(scores: pd.DataFrame) -> dict[str, float]:
    """Mean and population standard deviation over images of each score, and the number of images."""
    means = {name: float(scores[name].mean()) for name in SCORES}
    return means | {f"{name}_sd": float(scores[name].std(ddof=0)) for name in SCORES} | {"images": len(scores)}


def main(snakemake) -> None:
    inputs = snakemake.input
    settings = SegmentationSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    network = build_segmentation_network(snakemake.wildcards.architecture, settings, None)
    network.load_state_dict(torch.load(inputs.model, weights_only=True))
    network.to(device, memory_format=torch.channels_last)
    pixels = open_pixels("none", inputs, settings.input, device)
    truth = checked_array(inputs.truth, read_json(inputs.packed)["masks_sha256"])
    samples = fold_samples(read_table(inputs.splits), 0, read_table(inputs.rows))
    seen = samples.table["subset"].isin(["validation", "test"]) & (samples.table["variant"] == "original")
    seen &= read_table(inputs.rows)["has_mask"].to_numpy()[samples.rows.numpy()]
    numbers = torch.from_numpy(seen.to_numpy().nonzero()[0])
    scores = []
    for chosen in batches(samples.rows[numbers], settings.training.batch_size):
        scores.append(segmentation_scores(predict_masks(network, pixels, chosen).numpy(), truth[chosen.numpy()] > 0))
    images = samples.table.loc[seen, ["image_id", "subset"]].reset_index(drop=True)
    table = images.join(pd.concat(scores, ignore_index=True))
    write_table(table, snakemake.output.scores)
    write_json({name: summary(part) for name, part in table.groupby("subset")}, snakemake.output.metrics)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
