"""Predict an external set by the networks of one lesion cell and seed."""

from dataclasses import replace
from pathlib import Path

import yaml

from selcn.jobs.environment_record import write_environment
from selcn.jobs.job import job
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table
from selcn.training.lesion import CellImages
from selcn.training.lesion_predictions import predict_testset


def main(snakemake) -> None:
    inputs, outputs, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
    settings = LesionSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    settings = replace(settings, training=replace(settings.training, seed=int(wildcards.seed)))
    images = CellImages.open(wildcards.cell, inputs, settings.freeze_encoder)
    splits, classes = read_table(inputs.splits), snakemake.params.classes
    predict_testset(images, splits, wildcards.external, classes, settings, inputs.models, outputs.predictions)
    for path in outputs.predictions:
        write_environment(Path(path).parent)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
