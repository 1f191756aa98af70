"""Provide one network's pre-trained weights, from a file or from its hub."""

from pathlib import Path

from selcn.jobs.job import job
from selcn.networks.weights import provide_weights

with job(snakemake):  # noqa: F821
    provide_weights(
        snakemake.wildcards.weights,  # noqa: F821
        snakemake.params.source,  # noqa: F821
        Path(snakemake.output.weights),  # noqa: F821
        snakemake.params.seed,  # noqa: F821
    )
