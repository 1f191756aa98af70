"""Run trials of a segmentation network's hyper-parameter search, beside other workers."""

from dataclasses import replace

from selcn.jobs.job import job
from selcn.networks.segmentation import SegmentationSettings
from selcn.storage.artifacts import read_table
from selcn.storage.row_arrays import ShardedArray
from selcn.training.packed import PackedImages
from selcn.training.samples import search_samples
from selcn.training.search.job import run_worker
from selcn.training.segmentation import set_up_segmentation, summed_dice


def main(snakemake) -> None:
    inputs, architecture = snakemake.input, snakemake.wildcards.architecture
    packed = PackedImages.open(inputs)
    truth = ShardedArray(inputs.truth, packed.rows["image_id"])
    samples = search_samples(read_table(inputs.splits), packed.rows)

    def train(values, progress, after_epoch):
        settings = SegmentationSettings.from_config(values)
        setup = set_up_segmentation(packed, truth, architecture, samples, settings, inputs.weights or None)
        # A trial's score is Dice: most pixels are skin, so pixel accuracy hardly tells one network from another.
        setup = replace(setup, task=replace(setup.task, correct=summed_dice))
        return setup.fit(settings.training, progress, after_epoch)

    run_worker(snakemake, snakemake.params.settings["network"], train)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
