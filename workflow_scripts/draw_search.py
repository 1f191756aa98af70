"""Draw a hyper-parameter search: its trials in order, and each hyper-parameter's importance."""

import pandas as pd

from selcn.jobs.job import job
from selcn.report.charts.svg import write_svg
from selcn.report.figures.search import draw
from selcn.report.figures.style import drawn
from selcn.storage.artifacts import read_json


def main(snakemake, log) -> None:
    trials, params = pd.read_csv(snakemake.input.trials), snakemake.params
    shares = read_json(snakemake.input.importances)
    with drawn(snakemake.output.figure, params.demo) as figure:
        draw(figure, trials, shares, params.searched, params.score)
    wildcards = snakemake.wildcards
    write_svg(figure, snakemake.output.svg, f"{wildcards.protocol}-search-{wildcards.search.replace('/', '-')}")
    log.info("%d trials; importances %s", len(trials), shares)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
