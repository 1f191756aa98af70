"""Write a table: our values, the thesis's and the difference where it has them, as CSV and as Markdown."""

from selcn.job import job
from selcn.tables.build import build_table
from selcn.tables.render import write_files


def main(snakemake) -> None:
    """Read the evaluations, set them beside the thesis's values, write both files."""
    table = build_table(
        number=snakemake.wildcards.table,
        protocol=snakemake.wildcards.protocol,
        metrics=list(snakemake.input.metrics),
        thesis=snakemake.input.thesis or None,
        summaries=list(snakemake.input.summaries),
        remarks=list(snakemake.params.remarks),
        demo=snakemake.params.demo,
    )
    write_files(table, snakemake.output.csv, snakemake.output.md)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
