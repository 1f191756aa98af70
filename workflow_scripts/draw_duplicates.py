"""Draw the closest near-duplicates that no image or lesion id reveals."""

from selcn.data.duplicates.groups import unrevealed
from selcn.data.duplicates.images import open_images
from selcn.jobs.job import job
from selcn.report.figures.duplicates import MOST, draw, shown_pairs
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    inputs, datasets = snakemake.input, snakemake.params.datasets
    indices = dict(zip(datasets, map(read_table, inputs.indices), strict=True))
    hidden = unrevealed(read_table(inputs.pairs), indices)
    images = open_images(inputs, datasets)
    pairs = shown_pairs(hidden.head(MOST), images, indices)
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, pairs)
    log.info("shown: %d of %d pairs that no id reveals", len(pairs), len(hidden))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
