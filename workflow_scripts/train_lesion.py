"""Train one lesion cell on one fold, and predict its validation and test images."""

from dataclasses import replace
from pathlib import Path

import yaml

from selcn.artifacts import read_table
from selcn.inputs import fold_samples
from selcn.job import job
from selcn.lesion import LesionSettings
from selcn.lesion_inputs import CLASSES
from selcn.setups.lesion import set_up_lesion
from selcn.training.classification import write_training
from selcn.work import Work


def main(snakemake) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        inputs, wildcards = snakemake.input, snakemake.wildcards
        settings = LesionSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
        settings = replace(settings, training=replace(settings.training, seed=int(wildcards.seed)))
        samples = fold_samples(read_table(inputs.splits), int(wildcards.lesion_fold), read_table(inputs.rows))
        setup = set_up_lesion(inputs, wildcards.cell, wildcards.lesion_dataset, samples, settings)
        history = setup.fit(settings.training, work.progress)
        classes = CLASSES[wildcards.lesion_dataset]
        write_training(setup, history, classes, settings.training.batch_size, work.outputs)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
