"""Evaluate one symmetry model: mean and standard deviation over folds (tables 6a and 6b)."""

from selcn.evaluation.cross_validation import metrics_of_folds, tables_of
from selcn.evaluation.metrics import symmetry_metrics
from selcn.jobs.job import job
from selcn.storage.artifacts import write_json

with job(snakemake):  # noqa: F821
    tables = tables_of(snakemake.input, ("validation", "test"))  # noqa: F821
    metrics = {subset: metrics_of_folds(folds, symmetry_metrics) for subset, folds in tables.items()}
    images = {subset: sum(map(len, folds)) // len(folds) for subset, folds in tables.items()}
    write_json(metrics | {"images": images}, snakemake.output.metrics)  # noqa: F821
