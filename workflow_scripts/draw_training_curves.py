"""Draw figure 11, 12 or 13: the training of the cells that share a lesion mask."""

from selcn.figures.style import drawn
from selcn.figures.training_curves import draw, read_history
from selcn.job import job


def main(snakemake, log) -> None:
    paths = zip(snakemake.params.cells, snakemake.input.histories, strict=True)
    histories = {cell: read_history(path) for cell, path in paths}
    with drawn(snakemake.output.figure, snakemake.params.demo) as figure:
        draw(figure, histories)
    log.info("shown: %s", ", ".join(f"{cell} ({len(history)} epochs)" for cell, history in histories.items()))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
