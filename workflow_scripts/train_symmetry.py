"""Train one symmetry model, or its sham, on one fold of SymDerm, and predict its validation and test images."""

from pathlib import Path

import yaml

from selcn.artifacts import read_table
from selcn.inputs import fold_samples
from selcn.job import job
from selcn.malignancy import by_malignancy
from selcn.setups.symmetry import set_up_symmetry
from selcn.symmetry import MODELS, SymmetrySettings
from selcn.training.classification import write_training
from selcn.work import Work


def main(snakemake) -> None:
    inputs, wildcards = snakemake.input, snakemake.wildcards
    sliced = {"diagnoses": read_table(inputs.diagnoses)[["image_id", "label"]]} if inputs.diagnoses else {}
    work = Work.of_job(snakemake, sliced)
    if not work.finished:
        model = MODELS[wildcards.model]
        settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
        splits = read_table(inputs.splits)
        if sliced:
            splits = by_malignancy(splits, sliced["diagnoses"])
        samples = fold_samples(splits, int(wildcards.symmetry_fold), read_table(inputs.rows))
        setup = set_up_symmetry(inputs, model, samples, settings)
        history = setup.fit(settings.training, work.progress)
        write_training(setup, history, model.classes, settings.training.batch_size, work.outputs)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
