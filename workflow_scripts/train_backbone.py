"""Train the symmetry network on one backbone and one fold of SymDerm, and predict its validation and test images."""

from pathlib import Path

import yaml

from selcn.artifacts import read_table
from selcn.inputs import fold_samples
from selcn.job import job
from selcn.setups.symmetry import set_up_symmetry
from selcn.symmetry import CLASSES, MODELS, SymmetrySettings
from selcn.training.classification import write_training
from selcn.work import Work


def main(snakemake) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        inputs, wildcards = snakemake.input, snakemake.wildcards
        values = yaml.safe_load(Path(inputs.settings).read_text())
        settings = SymmetrySettings.from_config(values | {"backbone": wildcards.backbone})
        samples = fold_samples(read_table(inputs.splits), int(wildcards.symmetry_fold), read_table(inputs.rows))
        setup = set_up_symmetry(inputs, MODELS["none"], samples, settings)
        history = setup.fit(settings.training, work.progress)
        write_training(setup, history, CLASSES, settings.training.batch_size, work.outputs)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
