"""Score one model's CAMs against HAM10000's lesion masks."""

from selcn.cams.scores import write_scores
from selcn.evaluation.failures import failure_in
from selcn.jobs.job import job

with job(snakemake):  # noqa: F821
    write_scores(snakemake, failure_in(snakemake.input.metrics))  # noqa: F821
