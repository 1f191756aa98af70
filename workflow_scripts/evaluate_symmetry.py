"""Evaluate one symmetry model: mean and standard deviation over folds (tables 6a and 6b)."""

from selcn.evaluation.cross_validation import metrics_of_folds, tables_of
from selcn.evaluation.failures import FAILED, failure_of_networks
from selcn.evaluation.metrics import symmetry_metrics
from selcn.jobs.job import job
from selcn.storage.artifacts import write_json


def main(snakemake, log) -> None:
    tables = tables_of(snakemake.input, ("validation", "test"))
    images = {subset: sum(map(len, folds)) // len(folds) for subset, folds in tables.items()}
    if failed := failure_of_networks(tables, [f"fold {fold}" for fold in range(len(tables["test"]))]):
        log.warning("failed: %s", failed)
        metrics = {FAILED: failed}
    else:
        metrics = {subset: metrics_of_folds(folds, symmetry_metrics) for subset, folds in tables.items()}
    write_json(metrics | {"images": images}, snakemake.output.metrics)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
