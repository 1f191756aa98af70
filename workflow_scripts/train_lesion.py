"""Train one lesion cell on one fold, and predict its validation and test images."""

from dataclasses import replace
from pathlib import Path

import yaml

from selcn.artifacts import read_table
from selcn.inputs import fold_samples
from selcn.job import logged
from selcn.lesion import LesionSettings
from selcn.lesion_inputs import CLASSES, build_for, open_lesion_inputs
from selcn.training.classification import class_codes, classification_task, write_training
from selcn.training.fit import fit, pick_device, seed_everything
from selcn.work import Work


def train(inputs, wildcards, settings: LesionSettings, work: Work) -> None:
    seed_everything(settings.training)
    device = pick_device()
    classes = CLASSES[wildcards.lesion_dataset]
    samples = fold_samples(read_table(inputs.splits), int(wildcards.lesion_fold), read_table(inputs.rows))
    lesion_inputs = open_lesion_inputs(wildcards.cell, inputs, samples, settings, device)
    codes = class_codes(samples.table["label"], classes)
    batch = lesion_inputs.labelled(codes)
    weights = Path(inputs.weights) if inputs.weights else None
    network = build_for(lesion_inputs, wildcards.cell, len(classes), settings, weights)
    train_numbers, validation_numbers = samples.numbers("train"), samples.numbers("validation")
    task = classification_task(batch, codes[train_numbers], len(classes), settings.training.weighted_loss, device)
    history = fit(network, task, train_numbers, validation_numbers, settings.training, work.progress, device)
    write_training(network, history, samples, batch, classes, settings.training.batch_size, device, work.outputs)


def main(snakemake) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = LesionSettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        seed = int(snakemake.wildcards.seed)
        settings = replace(settings, training=replace(settings.training, seed=seed))
        train(snakemake.input, snakemake.wildcards, settings, work)
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
