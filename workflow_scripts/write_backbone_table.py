"""Write the table of the symmetry network's backbones as CSV and as Markdown."""

from selcn.artifacts import read_json
from selcn.job import job
from selcn.tables.backbones import notes_on_backbones
from selcn.tables.build import build_table
from selcn.tables.render import write_files


def main(snakemake) -> None:
    """Read the evaluations and write both files."""
    selected = snakemake.input.selected
    chosen = read_json(selected)["backbone"] if selected else None
    table = build_table(
        number="backbones",
        protocol=snakemake.wildcards.protocol,
        metrics=list(snakemake.input.metrics),
        thesis=None,
        summaries=list(snakemake.input.summaries),
        remarks=[*notes_on_backbones(snakemake.params.random, chosen), *snakemake.params.remarks],
        demo=snakemake.params.demo,
    )
    write_files(table, snakemake.output.csv, snakemake.output.md)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
