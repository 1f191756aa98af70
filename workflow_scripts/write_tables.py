"""Write one of the thesis's tables: our values, the thesis's and the difference, as CSV and as Markdown."""

from selcn.artifacts import replacing
from selcn.job import logged
from selcn.tables.build import build_table
from selcn.tables.render import to_csv, to_markdown


def main(snakemake) -> None:
    """Read the evaluations, set them beside the thesis's values, write both files."""
    table = build_table(
        number=snakemake.wildcards.table,
        protocol=snakemake.wildcards.protocol,
        metrics=list(snakemake.input.metrics),
        thesis=snakemake.input.thesis,
        summaries=list(snakemake.input.summaries),
        remarks=list(snakemake.params.remarks),
        demo=snakemake.params.demo,
    )
    for path, text in ((snakemake.output.csv, to_csv(table)), (snakemake.output.md, to_markdown(table))):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
