"""Write the table of an external set."""

from selcn.design.datasets import DATASETS
from selcn.evaluation.failures import failures_of
from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.report.tables.external import external_blocks, external_values
from selcn.report.tables.notes import failed_models, missing_images
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.storage.artifacts import read_json


def main(snakemake) -> None:
    inputs, outputs, params, wildcards = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
    failed = failures_of(params.cells, inputs.metrics)
    files = {cell: path for cell, path in zip(params.cells, inputs.metrics, strict=True) if cell not in failed}
    values = external_values({cell: read_json(path) for cell, path in files.items()})
    notes = [
        *missing_images({wildcards.external: inputs.summary}),
        *failed_models(failed),
        *params.remarks,
        *note_on(environments_of(inputs.metrics)),
    ]
    blocks = external_blocks(values, DATASETS[wildcards.external], wildcards.protocol, notes, params.demo)
    write_text(csv_text(values), outputs.csv)
    write_blocks(blocks, outputs.md, outputs.html)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
