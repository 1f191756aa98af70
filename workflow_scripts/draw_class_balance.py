"""Draw figure 6: the classes before and after balancing."""

from selcn.artifacts import read_table
from selcn.figures.class_balance import count_classes, draw
from selcn.figures.style import drawn
from selcn.job import job


def main(snakemake, log) -> None:
    try:
        counts = count_classes(read_table(snakemake.input.splits))
    except ValueError as error:
        raise ValueError(f"{snakemake.input.splits}: {error}") from error
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, counts)
    log.info("%d classes, %d rows after balancing", len(counts), counts["after"].sum())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
