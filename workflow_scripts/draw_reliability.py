"""Draw reliability diagrams of the cells with each mask, before and after temperature scaling."""

from itertools import chain
from pathlib import Path

from selcn.evaluation.failures import failures_of
from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.report.charts.svg import write_svg
from selcn.report.figures.reliability import draw, read_curves
from selcn.report.figures.style import drawn


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    validation, tested = (runs_of(params.networks, paths) for paths in (inputs.validation, inputs.test))
    failed = failures_of(chain(*params.cells.values()), inputs.metrics)
    for cells, target, svg in zip(params.cells.values(), snakemake.output.figures, snakemake.output.svgs, strict=True):
        curves = {cell: {} if cell in failed else read_curves(validation[cell], tested[cell]) for cell in cells}
        with drawn(target, params.demo) as figure:
            draw(figure, curves, {cell: failed[cell] for cell in cells if cell in failed})
        write_svg(figure, svg, f"{snakemake.wildcards.protocol}-{Path(svg).stem}")
        log.info("shown: %s", ", ".join(f"{cell} ({len(tested[cell])} networks)" for cell in cells))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
