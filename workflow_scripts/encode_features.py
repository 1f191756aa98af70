"""Encode every image and variant of one data set with the frozen encoder, in half precision."""

from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.training.features import encode


def main(snakemake) -> None:
    work = ResumableWork.of_job(snakemake)
    if not work.finished:
        encode(snakemake.input, snakemake.wildcards.mask, snakemake.params.settings, work.outputs)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
