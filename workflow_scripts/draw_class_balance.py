"""Draw figure 6: class distribution before and after balancing."""

from selcn.jobs.job import job
from selcn.report.charts.svg import write_svg
from selcn.report.figures.class_balance import count_classes, draw
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    try:
        counts = count_classes(read_table(snakemake.input.splits))
    except ValueError as error:
        raise ValueError(f"{snakemake.input.splits}: {error}") from error
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, counts)
    write_svg(figure, snakemake.output.svg, f"{snakemake.wildcards.protocol}-figure-06")
    log.info("%d classes, %d rows after balancing", len(counts), counts["after"].sum())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
