"""Encode every image and variant of one data set with the frozen encoder, in half precision."""

from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.storage.artifacts import read_table
from selcn.training.features import encode
from selcn.training.packed import PackedImages


def main(snakemake) -> None:
    work = ResumableWork.of_job(snakemake)
    if not work.finished:
        inputs = snakemake.input
        packed = PackedImages.open(inputs, snakemake.wildcards.mask)
        encode(packed, read_table(inputs.splits), inputs.weights, snakemake.params.settings, work.outputs)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
