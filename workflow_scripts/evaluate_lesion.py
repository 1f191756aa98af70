"""Evaluate one lesion cell over folds: metrics (tables 8 and 10 to 14) and localisation of its CAMs (9, 15)."""

import shutil

import pandas as pd

from selcn.cams.scores import write_scores
from selcn.evaluation.cross_validation import class_metrics_of_folds, metrics_of_folds, tables_of
from selcn.evaluation.failures import FAILED, failure_of_networks, failure_of_source
from selcn.evaluation.further_metrics import calibration_of_folds, further_metrics, rankings_of_folds
from selcn.evaluation.isic2019 import OUT_OF_DISTRIBUTION, SUBSETS, divide_isic2019
from selcn.evaluation.metrics import lesion_metrics
from selcn.evaluation.out_of_distribution import detection_of_folds
from selcn.jobs.job import job
from selcn.storage.artifacts import replacing, write_json


def main(snakemake, log) -> None:
    inputs = snakemake.input
    tables = tables_of(inputs, ("validation", "test", snakemake.params.testset))
    failed = failure_of_networks(tables, [f"seed {net.seed}, fold {net.fold}" for net in snakemake.params.networks])
    if inputs.source:
        failed = failed or failure_of_source(snakemake.params.source, inputs.source)
    if failed:
        log.warning("failed: %s", failed)
    metrics = {FAILED: failed} if failed else metrics_of_cell(tables, inputs)
    write_json(metrics, snakemake.output.metrics)
    write_scores(snakemake, failed)
    # A copy, not a hard link: Snakemake sets the time of each output, which would change the input's, too.
    with replacing(snakemake.output.cams) as temporary:
        shutil.copyfile(inputs.cams, temporary)


def metrics_of_cell(predicted: dict[str, list[pd.DataFrame]], inputs) -> dict[str, dict]:
    """Return the metrics of a cell's networks on every subset with images, one table of predictions per network."""
    tables = {name: folds for name, folds in predicted.items() if len(folds[0])}
    subsets = divide_isic2019(tables.pop("isic2019"), inputs) if "isic2019" in tables else {}
    tables |= {name: subsets[name] for name in SUBSETS if name in subsets}
    metrics = {
        name: metrics_of_folds(folds, lesion_metrics) | metrics_of_folds(folds, further_metrics)
        for name, folds in tables.items()
    }
    metrics["classes"] = {}
    for name in ("validation", "test"):
        metrics[name] |= calibration_of_folds(tables["validation"], tables[name])
        classes, rankings = class_metrics_of_folds(tables[name]), rankings_of_folds(tables[name])
        metrics["classes"][name] = {label: classes[label] | rankings[label] for label in classes}
    metrics["images"] = {name: sum(map(len, folds)) // len(folds) for name, folds in tables.items()}
    metrics["unfamiliar"] = {
        name: detection_of_folds(subsets[known], subsets[name])
        for name, known in OUT_OF_DISTRIBUTION.items()
        if name in subsets and known in subsets
    }
    return metrics


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
