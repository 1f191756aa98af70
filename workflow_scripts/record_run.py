"""Record a run: its jobs, what they used, versions, configuration, and checksums of the data."""

import os
from importlib.metadata import version
from pathlib import Path

import yaml

from selcn.jobs.environment import COMMAND
from selcn.jobs.environment_record import environment
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.report.run.checksums import data_of
from selcn.report.run.jobs import read_jobs
from selcn.report.run.record import commands_to_repeat, commit_to_repeat, differences_from, seeds_of, versions_of
from selcn.report.run.usage import usage_of
from selcn.storage.artifacts import replacing, sha256_of, write_json, write_table
from selcn.workflow.pinned_versions import records_in


def main(snakemake) -> None:
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    jobs = read_jobs(Path(snakemake.log[0]).parent)
    write_table(jobs, output.jobs)
    with replacing(output.config) as temporary:
        temporary.write_text(yaml.safe_dump(snakemake.config, sort_keys=False))
    defaults = yaml.safe_load(Path(inputs.defaults).read_text())
    made_with = versions_of(records_in(Path("results")))
    commit = environment()["commit"]
    record = usage_of(jobs) | {
        **made_with,
        "versions": {"snakemake": version("snakemake"), **made_with["versions"]},
        "demo": params.demo,
        "protocols": params.protocols,
        "command": os.environ.get(COMMAND),
        "commit": commit,
        "configuration": snakemake.config,
        "differs": differences_from({key: defaults[key] for key in params.settings}, params.settings),
        "seeds": seeds_of(snakemake.config),
        "data": {
            dataset: data_of(dataset, index, summary, as_list(inputs[f"labels_{dataset}"]))
            for dataset, index, summary in zip(params.datasets, inputs.indices, inputs.summaries, strict=True)
        },
        "lock_sha256": sha256_of(inputs.lock),
        "repeat": commands_to_repeat(commit_to_repeat(made_with["commits"], commit), demo=params.demo),
    }
    write_json(record, output.run)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
