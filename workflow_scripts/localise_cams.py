"""Score one model's CAMs against HAM10000's lesion masks."""

from selcn.cams.scores import write_scores
from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job

with job(snakemake):  # noqa: F821
    mask = snakemake.wildcards.mask  # noqa: F821
    write_scores(snakemake, failures_of({mask: snakemake.input.metrics}).get(mask))  # noqa: F821
