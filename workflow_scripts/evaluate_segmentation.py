"""Evaluate one segmentation network on validation and test images (table 5)."""

import pandas as pd

from selcn.evaluation.metrics import segmentation_scores
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_json


def summary(counts: pd.DataFrame) -> dict[str, float]:
    """Mean and population standard deviation over images of each score, and the number of images."""
    scores = segmentation_scores(counts)
    spreads = {f"{name}_sd": float(scores[name].std(ddof=0)) for name in scores}
    return {name: float(scores[name].mean()) for name in scores} | spreads | {"images": len(scores)}


with job(snakemake):  # noqa: F821
    subsets = read_table(snakemake.input.counts).groupby("subset")  # noqa: F821
    write_json({name: summary(counts) for name, counts in subsets}, snakemake.output.metrics)  # noqa: F821
