"""Draw reliability diagrams of the cells with each mask, before and after temperature scaling."""

from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.report.figures.reliability import draw, read_curves
from selcn.report.figures.style import drawn


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    validation, tested = (runs_of(params.networks, paths) for paths in (inputs.validation, inputs.test))
    for cells, target in zip(params.cells.values(), snakemake.output.figures, strict=True):
        curves = {cell: read_curves(validation[cell], tested[cell]) for cell in cells}
        with drawn(target, params.demo) as figure:
            draw(figure, curves)
        log.info("shown: %s", ", ".join(f"{cell} ({len(tested[cell])} networks)" for cell in cells))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
