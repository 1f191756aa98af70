"""Grad-CAM++ of one lesion cell's best fold on HAM10000, at the encoder's last map, before the E-Layer."""

from pathlib import Path

import numpy as np
import torch
import yaml

from selcn.artifacts import read_table
from selcn.best_fold import best_by_test_accuracy, best_by_validation_loss
from selcn.cam_table import gather_cams, write_cams
from selcn.device import pick_device
from selcn.explained import explained_images
from selcn.gradcam import cam_of
from selcn.job import job
from selcn.lesion import LesionSettings
from selcn.lesion_inputs import CLASSES, build_for, open_lesion_inputs, originals_of, split_network
from selcn.training.fit import seed_everything
from selcn.work import Work


def choose_model(inputs, log) -> int:
    """Return the best model's place: in the thesis's protocol by test accuracy, in the leakfree by validation loss."""
    if inputs.lesions:
        best, criterion = best_by_validation_loss(inputs.histories), "validation loss"
    else:
        best, criterion = best_by_test_accuracy(inputs.predictions), "test accuracy"
    log.info("best model by %s: %s", criterion, inputs.models[best])
    return best


def compute(inputs, wildcards, settings: LesionSettings, log):
    """Return the table of image_id, variant, predicted, empty, and the CAMs, (n, h, w) float16."""
    seed_everything(settings.training)
    device = pick_device()
    classes = CLASSES[wildcards.lesion_dataset]
    best = choose_model(inputs, log)
    # Of several seeds' models each has a fold of its own.
    fold = int(Path(inputs.models[best]).parent.name.removeprefix("fold-"))
    rows = read_table(inputs.rows)
    samples = originals_of(explained_images(rows, inputs.lesions), rows)
    lesion_inputs = open_lesion_inputs(wildcards.cell, inputs, samples, settings, device)
    network = build_for(lesion_inputs, wildcards.cell, len(classes), settings, None)
    network.load_state_dict(torch.load(inputs.models[best], weights_only=True, map_location=device))
    before, after = split_network(network.to(device).eval())

    def cams_of(chosen: torch.Tensor):
        (first, *cam), _ = lesion_inputs.batch(chosen, None)
        with torch.no_grad():
            activations = before(first)
        return cam_of(lambda x: after(x, *cam), activations)

    parts = map(cams_of, samples.batches(settings.training.batch_size))
    return gather_cams(parts, samples.table.assign(fold=np.int8(fold)), classes)


def main(snakemake, log) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = LesionSettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        frame, cams = compute(snakemake.input, snakemake.wildcards, settings, log)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
