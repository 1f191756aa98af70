"""Draw the charts of the report's page, as SVG in one table: the page is written anew more often than they change."""

from selcn.jobs.job import job
from selcn.report.html.charts import page_charts
from selcn.report.html.results import read_csv, read_each, read_splits
from selcn.storage.artifacts import write_table


def main(snakemake) -> None:
    """Read the tables, draw their charts."""
    inputs, params = snakemake.input, snakemake.params
    tables = read_each(read_csv, params.tables, inputs.tables)
    charts = page_charts(tables, read_each(read_splits, params.splits, inputs.splits))
    write_table(charts, snakemake.output.charts)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
