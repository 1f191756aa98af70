"""Metrics of one lesion cell over folds (tables 8, 10 to 14, and further measures), and where its CAMs lie (9, 15)."""

import shutil
from pathlib import Path

from selcn.cams.scores import write_scores
from selcn.data.splits.folds import test_rows
from selcn.evaluation.cross_validation import class_metrics_of_folds, metrics_of_folds, tables_of
from selcn.evaluation.further_metrics import calibration_of_folds, further_metrics, rankings_of_folds
from selcn.evaluation.isic2019 import OUT_OF_DISTRIBUTION, SUBSETS, subsets_of_folds
from selcn.evaluation.metrics import lesion_metrics
from selcn.evaluation.out_of_distribution import detection_of_folds
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, replacing, write_json


def main(snakemake) -> None:
    tables = {name: folds for name, folds in tables_of(snakemake.input.predictions).items() if len(folds[0])}
    lines = divide_isic2019(tables.pop("isic2019"), snakemake.input) if "isic2019" in tables else {}
    tables |= {name: lines[name] for name in SUBSETS if name in lines}
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
        name: detection_of_folds(lines[known], lines[name])
        for name, known in OUT_OF_DISTRIBUTION.items()
        if name in lines and known in lines
    }
    write_json(metrics, snakemake.output.metrics)
    write_scores(snakemake)
    # No second name of an input: Snakemake gives outputs the present time one by one, and the input would get it, too.
    with replacing(snakemake.output.cams) as temporary:
        shutil.copyfile(snakemake.input.cams, temporary)


def divide_isic2019(folds, inputs):
    """Return ISIC2019's lines, each network's by the ids that lie beside it."""
    official = test_rows(read_table(inputs.isic2019_splits), "official_test")["image_id"]
    trained = {Path(path).parent: read_table(path)["image_id"] for path in inputs.training_ids}
    networks = [Path(path).parents[1] for path in inputs.predictions if Path(path).stem == "isic2019"]
    seen = [trained[network] for network in networks]
    return subsets_of_folds(folds, official, read_table(inputs.rows)["image_id"], seen)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
