"""Draw figures 11 to 13: training curves of the cells with each mask."""

from pathlib import Path

from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.charts.svg import write_svg
from selcn.report.figures.style import drawn
from selcn.report.figures.training_curves import draw, read_history


def main(snakemake, log) -> None:
    masks = snakemake.params.cells
    paths = dict(zip((cell for cells in masks.values() for cell in cells), snakemake.input.histories, strict=True))
    failed = failures_of(paths, snakemake.input.metrics)
    for cells, target, svg in zip(masks.values(), snakemake.output.figures, snakemake.output.svgs, strict=True):
        histories = {cell: read_history(paths[cell]) for cell in cells}
        with drawn(target, snakemake.params.demo) as figure:
            draw(figure, histories, {cell: failed[cell] for cell in cells if cell in failed})
        write_svg(figure, svg, f"{snakemake.wildcards.protocol}-{Path(svg).stem}")
        log.info("shown: %s", ", ".join(f"{cell} ({len(history)} epochs)" for cell, history in histories.items()))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
