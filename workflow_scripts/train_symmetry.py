"""Train one symmetry model on one fold of SymDerm, and predict its validation and test images."""

from pathlib import Path

import torch
import yaml

from selcn.artifacts import read_table
from selcn.inputs import fold_samples, open_pixels
from selcn.job import logged
from selcn.symmetry import CLASSES, MODELS, SymmetryModel, SymmetrySettings, build_symmetry_network
from selcn.training.classification import class_codes, classification_task, write_training
from selcn.training.fit import fit, pick_device, seed_everything
from selcn.training.images import augment
from selcn.work import Work


def train(inputs, model: SymmetryModel, fold: int, settings: SymmetrySettings, work: Work) -> None:
    seed_everything(settings.training)
    device = pick_device()
    samples = fold_samples(read_table(inputs.splits), fold, read_table(inputs.rows))
    pixels = open_pixels(model.mask, inputs, settings.input, device)
    codes = class_codes(samples.table["label"], CLASSES)

    def batch(chosen: torch.Tensor, generator: torch.Generator | None):
        raw = pixels.raw(samples.rows[chosen], samples.variants[chosen])
        if generator is not None:
            (raw,) = augment(settings.training.augmentation, generator, raw)
        return (pixels.network_input(raw),), codes[chosen].to(device)

    network = build_symmetry_network(settings, Path(inputs.weights) if model.pretrained else None)
    train_numbers, validation_numbers = samples.numbers("train"), samples.numbers("validation")
    task = classification_task(batch, codes[train_numbers], len(CLASSES), settings.training.weighted_loss, device)
    history = fit(network, task, train_numbers, validation_numbers, settings.training, work.progress, device)
    write_training(network, history, samples, batch, CLASSES, settings.training.batch_size, device, work.outputs)


def main(snakemake) -> None:
    work = Work.of_job(snakemake)
    if not work.finished:
        settings = SymmetrySettings.from_config(yaml.safe_load(Path(snakemake.input.settings).read_text()))
        model, fold = MODELS[snakemake.wildcards.model], int(snakemake.wildcards.symmetry_fold)
        train(snakemake.input, model, fold, settings, work)
        work.finish()
    work.hand_over(snakemake.output)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
