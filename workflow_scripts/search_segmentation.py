"""Run trials of a segmentation network's hyper-parameter search, beside other workers."""

from dataclasses import replace

from selcn.jobs.job import job
from selcn.networks.segmentation import SegmentationSettings
from selcn.storage.artifacts import read_table
from selcn.training.samples import search_samples
from selcn.training.search.job import run_worker
from selcn.training.segmentation import set_up_segmentation, summed_dice


def main(snakemake) -> None:
    inputs, architecture = snakemake.input, snakemake.wildcards.architecture
    samples = search_samples(read_table(inputs.splits), read_table(inputs.rows))

    def train(values, progress, after_epoch):
        settings = SegmentationSettings.from_config(values)
        setup = set_up_segmentation(inputs, architecture, samples, settings)
        # Masks are chosen by Dice: most pixels are skin, so pixel accuracy hardly tells one network from another.
        setup = replace(setup, task=replace(setup.task, correct=summed_dice))
        return setup.fit(settings.training, progress, after_epoch)

    run_worker(snakemake, snakemake.params.settings["network"], train)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
