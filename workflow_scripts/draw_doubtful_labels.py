"""Draw the most doubtful labels of every data set with their images."""

from selcn.data.duplicates.images import open_images
from selcn.jobs.job import job
from selcn.report.figures.doubtful_labels import choose, draw
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_table


def main(snakemake) -> None:
    inputs, params = snakemake.input, snakemake.params
    with drawn(snakemake.output.figure, params.demo) as figure:
        draw(figure, choose(read_table(inputs.ranking)), open_images(inputs, params.datasets))


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
