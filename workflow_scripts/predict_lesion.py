"""Predict a further test set with every fold of one lesion cell."""

from pathlib import Path

import pandas as pd
import torch
import yaml

from selcn.artifacts import read_table, write_table
from selcn.device import pick_device
from selcn.folds import test_rows
from selcn.inputs import Samples
from selcn.job import job
from selcn.lesion import LesionSettings
from selcn.lesion_inputs import CLASSES, build_for, open_lesion_inputs
from selcn.training.classification import logits_of, prediction_table
from selcn.training.fit import seed_everything

ROLES = {"isic2019": ("test", "official_test"), "official_test": ("official_test",)}


def main(snakemake, log) -> None:
    inputs, cell = snakemake.input, snakemake.wildcards.cell
    settings = LesionSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    seed_everything(settings.training)
    device = pick_device()
    classes = CLASSES[snakemake.wildcards.lesion_dataset]
    splits = read_table(inputs.splits)
    rows = pd.concat([test_rows(splits, role) for role in ROLES[snakemake.wildcards.testset]])
    samples = Samples.locate(rows.assign(subset="test"), read_table(inputs.rows))
    log.info("%d images", len(rows))
    lesion_inputs = open_lesion_inputs(cell, inputs, samples, settings, device)
    network = build_for(lesion_inputs, cell, len(classes), settings, None)
    for model, target in zip(inputs.models, snakemake.output.predictions, strict=True):
        network.load_state_dict(torch.load(model, weights_only=True, map_location=device))
        numbers = torch.arange(len(rows))
        logits = logits_of(network, lesion_inputs.batch, numbers, len(classes), settings.training.batch_size, device)
        write_table(prediction_table(samples.table, logits, classes), target)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
