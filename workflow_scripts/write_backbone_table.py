"""Write the table of backbones as CSV and Markdown."""

from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.report.tables.backbones import notes_on_backbones
from selcn.report.tables.build import build_table
from selcn.report.tables.render import write_files
from selcn.storage.artifacts import read_json


def main(snakemake) -> None:
    """Read the evaluations and write both files."""
    selected = snakemake.input.selected
    chosen = read_json(selected)["backbone"] if selected else None
    metrics = list(snakemake.input.metrics)
    notes = [*notes_on_backbones(snakemake.params.random, chosen), *note_on(environments_of(metrics))]
    table = build_table(
        number="backbones",
        protocol=snakemake.wildcards.protocol,
        metrics=metrics,
        thesis=None,
        summaries=list(snakemake.input.summaries),
        remarks=[*notes, *snakemake.params.remarks],
        demo=snakemake.params.demo,
    )
    write_files(table, snakemake.output.csv, snakemake.output.md)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
