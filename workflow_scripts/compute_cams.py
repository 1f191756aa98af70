"""Grad-CAM++ of one symmetry model's best fold for every image and variant of one data set that is seen later."""

from pathlib import Path

import torch
import yaml

from selcn.artifacts import read_table
from selcn.best_fold import best_of
from selcn.cam_table import gather_cams, write_cams
from selcn.device import pick_device
from selcn.gradcam import cam_of
from selcn.inputs import open_pixels, stage_samples
from selcn.job import logged
from selcn.symmetry import CLASSES, SymmetrySettings, build_symmetry_network
from selcn.training.fit import seed_everything
from selcn.work import Work


def compute(inputs, mask: str, settings: SymmetrySettings, log):
    """Return the table of image_id, variant, predicted, empty, and the CAMs, (n, h, w) float16."""
    seed_everything(settings.training)
    device = pick_device()
    best = best_of(inputs.predictions)
    log.info("best fold by test accuracy: %d", best)
    network = build_symmetry_network(settings, None)
    network.load_state_dict(torch.load(inputs.models[best], weights_only=True))
    network.to(device, memory_format=torch.channels_last).eval()
    pixels = open_pixels(mask, inputs, settings.input, device)
    samples = stage_samples(read_table(inputs.splits), read_table(inputs.rows))

    def cams_of(chosen: torch.Tensor):
        with torch.no_grad():
            images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
            activations = network.features(images.contiguous(memory_format=torch.channels_last))
        return cam_of(network.classifier, activations)

    return gather_cams(map(cams_of, samples.batches(settings.training.batch_size)), samples.table, CLASSES)


def main(snakemake, log) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = SymmetrySettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        frame, cams = compute(snakemake.input, snakemake.wildcards.mask, settings, log)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
