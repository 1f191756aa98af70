"""Run trials of the lesion network's hyper-parameter search, beside other workers."""

from selcn.jobs.job import job
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table
from selcn.training.lesion import set_up_lesion
from selcn.training.samples import search_samples
from selcn.training.search.job import run_worker


def main(snakemake) -> None:
    inputs, cell = snakemake.input, snakemake.wildcards.cell
    samples = search_samples(read_table(inputs.splits), read_table(inputs.rows))

    def train(values, progress, after_epoch):
        settings = LesionSettings.from_config(values)
        setup = set_up_lesion(inputs, cell, "ham10000", samples, settings)
        return setup.fit(settings.training, progress, after_epoch)

    run_worker(snakemake, snakemake.params.settings["network"], train)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
