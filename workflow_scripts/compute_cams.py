"""Grad-CAM++ of one symmetry model's best fold for every image and variant of one shard that is seen later."""

from pathlib import Path

import pandas as pd
import torch
import yaml

from selcn.artifacts import read_table
from selcn.best_fold import best_of
from selcn.cam_table import gather_cams, write_cams
from selcn.gradcam import cam_of
from selcn.inputs import open_pixels, stage_samples
from selcn.job import job
from selcn.symmetry import CLASSES, SymmetrySettings, build_symmetry_network
from selcn.training.fit import pick_device, seed_everything
from selcn.work import Work


def compute(inputs, mask: str, splits: pd.DataFrame, settings: SymmetrySettings, log):
    """Return the table of image_id, variant, predicted, empty, and the CAMs, (n, h, w) float16.

    Parameters
    ----------
    splits
        The rows of the split table whose images are in the shard.
    """
    seed_everything(settings.training)
    device = pick_device()
    best = best_of(inputs.predictions)
    log.info("best fold by test accuracy: %d", best)
    network = build_symmetry_network(settings, None)
    network.load_state_dict(torch.load(inputs.models[best], weights_only=True))
    network.to(device, memory_format=torch.channels_last).eval()
    pixels = open_pixels(mask, inputs, settings.input, device)
    samples = stage_samples(splits, read_table(inputs.rows))

    def cams_of(chosen: torch.Tensor):
        with torch.no_grad():
            images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
            activations = network.features(images.contiguous(memory_format=torch.channels_last))
        return cam_of(network.classifier, activations)

    return gather_cams(map(cams_of, samples.batches(settings.training.batch_size)), samples.table, CLASSES)


def main(snakemake, log) -> None:
    splits, rows = read_table(snakemake.input.splits), read_table(snakemake.input.rows)
    splits = splits[splits["image_id"].isin(rows["image_id"])]
    work = Work.of_job(snakemake, {"splits": splits})
    if not work.finished:
        settings = SymmetrySettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        frame, cams = compute(snakemake.input, snakemake.wildcards.mask, splits, settings, log)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
