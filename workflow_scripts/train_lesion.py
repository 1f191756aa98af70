"""Train one lesion cell on all folds, predict its test sets, and compute the CAMs of its best fold."""

from dataclasses import replace
from pathlib import Path

import yaml

from selcn.cams.lesion import best_fold, map_lesions
from selcn.jobs.environment_record import write_environment
from selcn.jobs.job import job
from selcn.jobs.resumable import inputs_named
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import write_cams
from selcn.training.cross_validation import train_folds
from selcn.training.lesion import CellImages, set_up_lesion
from selcn.training.lesion_predictions import predict_testset
from selcn.training.samples import fold_samples

# Prefixes of inputs that the trained network is applied to; the training does not depend on them.
TESTSET, SCORED = "testset_", "scored_"


def main(snakemake) -> None:
    inputs, outputs, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
    settings = LesionSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    settings = replace(settings, training=replace(settings.training, seed=int(wildcards.seed)))
    classes, weights = snakemake.params.classes, inputs.weights or None

    def opened(files) -> CellImages:
        return CellImages.open(wildcards.cell, files, settings.freeze_encoder)

    splits, images = read_table(inputs.splits), opened(inputs)

    def set_up(fold: int):
        return set_up_lesion(images, classes, fold_samples(splits, fold, images.rows), settings, weights)

    applied = [name for name, _ in inputs.items() if name.startswith((TESTSET, SCORED))]
    train_folds(snakemake, set_up, settings.training, settings.inference_batch_size, classes, without=applied)

    testset = inputs_named(inputs, TESTSET)
    models, name, tested = outputs.models, snakemake.params.testset, read_table(testset.splits)
    predict_testset(opened(testset), tested, name, classes, settings, models, outputs.testset)

    scored = inputs_named(inputs, SCORED)
    fold = best_fold(outputs, leakfree=bool(scored.lesions))
    cams = map_lesions(opened(scored), scored.lesions, classes, settings, models[fold], fold)
    write_cams(*cams, outputs.cams)
    write_environment(Path(outputs.cams).parent)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
