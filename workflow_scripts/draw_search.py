"""Draw a search: its trials in their order, and how much each hyper-parameter mattered."""

import pandas as pd

from selcn.artifacts import read_json
from selcn.figures.search import draw
from selcn.figures.style import drawn
from selcn.job import job


def main(snakemake, log) -> None:
    trials, params = pd.read_csv(snakemake.input.trials), snakemake.params
    shares = read_json(snakemake.input.importances)
    with drawn(snakemake.output.figure, params.demo) as figure:
        draw(figure, trials, shares, params.searched, params.score)
    log.info("%d trials; importances %s", len(trials), shares)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
