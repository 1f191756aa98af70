"""Write the table of backbones as CSV, Markdown and HTML."""

from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.report.tables.backbones import notes_on_backbones
from selcn.report.tables.build import build_table
from selcn.report.tables.render import write_files
from selcn.storage.artifacts import read_json


def main(snakemake) -> None:
    """Read the evaluations and write the files."""
    inputs, params, selected = snakemake.input, snakemake.params, snakemake.input.selected
    chosen = read_json(selected)["backbone"] if selected else None
    metrics = dict(zip(params.backbones, inputs.metrics, strict=True))
    notes = [*notes_on_backbones(params.random, chosen), *note_on(environments_of(metrics.values()))]
    table = build_table(
        number="backbones",
        protocol=snakemake.wildcards.protocol,
        metrics=metrics,
        thesis=None,
        summaries=dict(zip(params.datasets, inputs.summaries, strict=True)),
        remarks=[*notes, *params.remarks],
        demo=params.demo,
    )
    write_files(table, snakemake.output.csv, snakemake.output.md, snakemake.output.html)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
