"""Write one network's training settings: the search's best values, or the configuration's."""

from pathlib import Path

import yaml

from selcn.jobs.job import job
from selcn.networks.settings import tuned
from selcn.storage.artifacts import read_json, replacing


def main(snakemake) -> None:
    settings = dict(snakemake.params.settings)
    if snakemake.input.selected:
        settings |= read_json(snakemake.input.selected)
    if snakemake.input.best:
        settings = tuned(settings, yaml.safe_load(Path(snakemake.input.best).read_text())["values"])
    with replacing(snakemake.output.settings) as temporary:
        temporary.write_text(yaml.safe_dump(settings, sort_keys=True))


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
