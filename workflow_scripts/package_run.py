"""Write the RO-Crate of the run: a copy of the Snakefile, and the metadata of results/."""

import shutil
from pathlib import Path

import yaml

from selcn.jobs.job import job
from selcn.report.run.crate import Contents, crate_of
from selcn.storage.artifacts import read_json, replacing, write_json


def main(snakemake) -> None:
    inputs, output = snakemake.input, snakemake.output
    with replacing(output.workflow) as temporary:
        shutil.copyfile(inputs.workflow, temporary)
    contents = Contents(
        workflow=Path(output.workflow),
        config=Path(inputs.config),
        outputs={kind: [Path(path) for path in inputs[kind]] for kind in snakemake.params.kinds},
    )
    run, citation = read_json(inputs.run), yaml.safe_load(Path(inputs.citation).read_text())
    write_json(crate_of(Path(output.metadata).parent, run, citation, contents), output.metadata)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
