"""Grad-CAM++ of one symmetry model for every image and variant of one shard that is seen later."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from selcn.cams.symmetry import cams_by_fold
from selcn.jobs.device import pick_device
from selcn.jobs.job import job
from selcn.jobs.resumable import Work, as_list
from selcn.networks.out_of_fold import folds_of, rows_of_shard
from selcn.networks.symmetry import MODELS, SymmetryModel, SymmetrySettings, load_symmetry_network
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import write_cams
from selcn.storage.gpu_shards import open_packed
from selcn.storage.row_arrays import ShardedArray
from selcn.training.fit import seed_everything
from selcn.training.images import Pixels
from selcn.training.model_selection import best_by_test_accuracy
from selcn.training.samples import Samples, open_masks, stage_samples


def compute(inputs, model: SymmetryModel, images: ShardedArray, samples: Samples, ids: pd.Series, folds: np.ndarray):
    """Return what `cams_by_fold` does, of a job's networks and images."""
    settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    networks = {int(fold): load_symmetry_network(inputs.models[fold], settings, device) for fold in np.unique(folds)}
    masks = open_masks(model.mask, inputs, ids, images.shape[1])
    # Each image is read for a batch or two: to keep them on a GPU would gain nothing.
    pixels = Pixels(images, masks, settings.input, device)
    return cams_by_fold(networks, folds, pixels, samples, settings.inference_batch_size, model.classes)


def choose_folds(inputs, dataset: str, samples: Samples, log) -> np.ndarray:
    """Return the fold whose network is applied to each sample: the best one, or one that never saw the lesion."""
    if inputs.lesions:
        return folds_of(read_table(inputs.lesions), dataset, samples.table["image_id"], "symmetry")
    best = best_by_test_accuracy(inputs.predictions)
    log.info("best fold by test accuracy: %d", best)
    return np.full(len(samples.table), best, np.int8)


def main(snakemake, log) -> None:
    inputs, wildcards = snakemake.input, snakemake.wildcards
    rows, images = open_packed(as_list(inputs.images), as_list(inputs.rows), snakemake.params.shard)
    splits = read_table(inputs.splits)
    ours = splits["image_id"].isin(rows["image_id"])
    sliced = {"images": rows, "rows": rows, "splits": splits.loc[ours, ["image_id", "variant", "label"]]}
    if inputs.lesions:
        sliced["lesions"] = rows_of_shard(inputs.lesions, wildcards.dataset, rows["image_id"], "symmetry")
    work = Work.of_job(snakemake, sliced)
    if not work.finished:
        samples = stage_samples(sliced["splits"], rows)
        folds = choose_folds(inputs, wildcards.dataset, samples, log)
        frame, cams = compute(inputs, MODELS[wildcards.cam_model], images, samples, rows["image_id"], folds)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
