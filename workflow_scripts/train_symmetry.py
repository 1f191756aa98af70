"""Train one symmetry model or its sham control on all folds of SymDerm; predict validation and test images."""

from pathlib import Path

import yaml

from selcn.data.splits.malignancy import by_malignancy
from selcn.jobs.job import job
from selcn.networks.symmetry import MODELS, SymmetrySettings
from selcn.storage.artifacts import read_table
from selcn.training.cross_validation import train_folds
from selcn.training.samples import fold_samples
from selcn.training.symmetry import set_up_symmetry


def main(snakemake) -> None:
    inputs, model = snakemake.input, MODELS[snakemake.wildcards.model]
    settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    splits, rows = read_table(inputs.splits), read_table(inputs.rows)
    sliced = {"diagnoses": read_table(inputs.diagnoses)[["image_id", "label"]]} if inputs.diagnoses else {}
    if sliced:
        splits = by_malignancy(splits, sliced["diagnoses"])

    def set_up(fold: int):
        return set_up_symmetry(inputs, model, fold_samples(splits, fold, rows), settings)

    train_folds(snakemake, set_up, settings.training, settings.inference_batch_size, model.classes, sliced)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
