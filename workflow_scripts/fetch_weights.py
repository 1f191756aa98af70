"""Provide one network's pre-trained weights, from a file or from its hub, and record their origin."""

from pathlib import Path

from selcn.jobs.job import job
from selcn.networks.starting_weights import starting_weights
from selcn.networks.weights import provide_weights
from selcn.networks.weights_origin import write_origin


def main(snakemake) -> None:
    name, source, target = snakemake.wildcards.weights, snakemake.params.source, Path(snakemake.output.weights)
    starting = [starting_weights(part, network) for part, network in snakemake.params.starting]
    provide_weights(name, source, target, snakemake.params.seed, starting)
    write_origin(name, source, target)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
