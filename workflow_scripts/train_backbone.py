"""Train the symmetry network on one backbone, all folds, and predict validation and test images."""

from pathlib import Path

import yaml

from selcn.design.classes import SYMMETRY_CLASSES
from selcn.jobs.job import job
from selcn.networks.symmetry import MODELS, SymmetrySettings
from selcn.storage.artifacts import read_table
from selcn.training.cross_validation import train_folds
from selcn.training.packed import PackedImages
from selcn.training.samples import fold_samples
from selcn.training.symmetry import set_up_symmetry


def main(snakemake) -> None:
    inputs = snakemake.input
    values = yaml.safe_load(Path(inputs.settings).read_text())
    settings = SymmetrySettings.from_config(values | {"backbone": snakemake.wildcards.backbone})
    splits, packed = read_table(inputs.splits), PackedImages.open(inputs)

    def set_up(fold: int):
        samples = fold_samples(splits, fold, packed.rows)
        return set_up_symmetry(packed, MODELS["none"], samples, settings, [inputs.weights])

    train_folds(snakemake, set_up, settings.training, settings.inference_batch_size, SYMMETRY_CLASSES)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
