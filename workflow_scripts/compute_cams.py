"""Grad-CAM++ of one symmetry model for every image and variant of one shard that is seen later."""

from pathlib import Path

import numpy as np
import torch
import yaml

from selcn.artifacts import read_table
from selcn.best_fold import best_by_test_accuracy
from selcn.cam_table import gather_cams, write_cams
from selcn.device import pick_device
from selcn.gradcam import cam_of
from selcn.inputs import Samples, open_pixels, stage_samples
from selcn.job import job
from selcn.symmetry import MODELS, SymmetryModel, SymmetrySettings, load_symmetry_network
from selcn.training.fit import seed_everything
from selcn.unseeing import apply_by_fold, folds_of, rows_of_shard
from selcn.work import Work


def compute(inputs, model: SymmetryModel, samples: Samples, folds: np.ndarray, settings: SymmetrySettings):
    """Return the table of image_id, variant, predicted, empty, fold, and the CAMs, (n, h, w) float16.

    Parameters
    ----------
    folds
        The fold whose network is applied to each sample, (n,).
    """
    seed_everything(settings.training)
    device = pick_device()
    networks = {int(fold): load_symmetry_network(inputs.models[fold], settings, device) for fold in np.unique(folds)}
    pixels = open_pixels(model.mask, inputs, settings.input, device)

    def cams_by(fold: int, chosen: torch.Tensor):
        with torch.no_grad():
            images = pixels.batch(samples.rows[chosen], samples.variants[chosen])
            activations = networks[fold].features(images.contiguous(memory_format=torch.channels_last))
        return cam_of(networks[fold].classifier, activations)

    batches = samples.batches(settings.training.batch_size)
    parts = (apply_by_fold(folds, chosen, cams_by) for chosen in batches)
    return gather_cams(parts, samples.table.assign(fold=folds), model.classes)


def choose_folds(inputs, dataset: str, samples: Samples, log) -> np.ndarray:
    """Return the fold whose network is applied to each sample: the best one, or one that never saw the lesion."""
    if inputs.lesions:
        return folds_of(read_table(inputs.lesions), dataset, samples.table["image_id"], "symmetry")
    best = best_by_test_accuracy(inputs.predictions)
    log.info("best fold by test accuracy: %d", best)
    return np.full(len(samples.table), best, np.int8)


def main(snakemake, log) -> None:
    inputs, wildcards = snakemake.input, snakemake.wildcards
    splits, rows = read_table(inputs.splits), read_table(inputs.rows)
    ours = splits["image_id"].isin(rows["image_id"])
    sliced = {"splits": splits.loc[ours, ["image_id", "variant", "label"]]}
    if inputs.lesions:
        sliced["lesions"] = rows_of_shard(inputs.lesions, wildcards.dataset, rows["image_id"], "symmetry")
    work = Work.of_job(snakemake, sliced)
    if not work.finished:
        settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
        samples = stage_samples(sliced["splits"], rows)
        folds = choose_folds(inputs, wildcards.dataset, samples, log)
        frame, cams = compute(inputs, MODELS[wildcards.cam_model], samples, folds, settings)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
