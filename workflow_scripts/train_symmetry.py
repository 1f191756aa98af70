"""Train one symmetry model or its sham control on all folds of SymDerm; predict validation and test images."""

from pathlib import Path

import yaml

from selcn.data.splits.malignancy import by_malignancy
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.networks.symmetry import MODELS, SymmetrySettings
from selcn.storage.artifacts import read_table
from selcn.training.cross_validation import train_folds
from selcn.training.packed import PackedImages
from selcn.training.samples import fold_samples
from selcn.training.symmetry import set_up_symmetry


def main(snakemake) -> None:
    inputs, model = snakemake.input, MODELS[snakemake.wildcards.model]
    settings = SymmetrySettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    splits, packed = read_table(inputs.splits), PackedImages.open(inputs, model.mask)
    sliced = {"diagnoses": read_table(inputs.diagnoses)[["image_id", "label"]]} if inputs.diagnoses else {}
    if sliced:
        splits = by_malignancy(splits, sliced["diagnoses"])

    def set_up(fold: int):
        samples = fold_samples(splits, fold, packed.rows)
        return set_up_symmetry(packed, model, samples, settings, as_list(inputs.weights))

    train_folds(snakemake, set_up, settings.training, settings.inference_batch_size, model.classes, sliced)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
