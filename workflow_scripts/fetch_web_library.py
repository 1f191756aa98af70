"""Provide one library of the bundles' pages, from the npm registry or from a folder."""

from selcn.jobs.job import job
from selcn.prediction.web.libraries import LIBRARIES, provide_library
from selcn.storage.artifacts import replacing


def main(snakemake) -> None:
    content = provide_library(LIBRARIES[snakemake.wildcards.library], snakemake.params.source)
    with replacing(snakemake.output.archive) as temporary:
        temporary.write_bytes(content)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
