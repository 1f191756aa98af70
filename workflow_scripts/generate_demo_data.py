"""Generate the demo's synthetic data: the four data sets in their native layouts, from a seed."""

from pathlib import Path

from selcn.demo.datasets import generate_demo_data
from selcn.demo.settings import DemoSettings
from selcn.jobs.job import job
from selcn.storage.artifacts import write_json


def main(snakemake, log) -> None:
    manifest = Path(snakemake.output.manifest)
    digests = generate_demo_data(manifest.parent, DemoSettings(**snakemake.params.settings))
    # Last, so that a manifest means a whole folder.
    write_json(digests, manifest)
    log.info("generated %d files below %s", len(digests), manifest.parent)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
