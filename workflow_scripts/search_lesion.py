"""Run trials of the lesion network's hyper-parameter search, beside other workers."""

from selcn.jobs.job import job
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table
from selcn.training.lesion import CellImages, set_up_lesion
from selcn.training.samples import search_samples
from selcn.training.search.job import run_worker
from selcn.training.search.score import by_balanced_accuracy


def main(snakemake) -> None:
    inputs, classes = snakemake.input, snakemake.params.classes
    frozen = snakemake.params.settings["network"]["freeze_encoder"]
    images = CellImages.open(snakemake.wildcards.cell, inputs, frozen)
    samples = search_samples(read_table(inputs.splits), images.rows)

    def train(values, progress, after_epoch):
        settings = LesionSettings.from_config(values)
        setup = set_up_lesion(images, classes, samples, settings, inputs.weights or None)
        setup = by_balanced_accuracy(setup, classes)
        return setup.fit(settings.training, progress, after_epoch)

    run_worker(snakemake, snakemake.params.settings["network"], train)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
