"""Train one lesion cell without each source of its data set in turn, and predict that source's images."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import yaml

from selcn.data.splits.patient_groups import read_patient_groups
from selcn.data.splits.without_source import images_of_sources, without_each_source
from selcn.jobs.environment_record import write_environment
from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.networks.lesion import LesionSettings
from selcn.storage.artifacts import read_table, write_table
from selcn.training.cross_validation import train_fold
from selcn.training.lesion import CellImages, set_up_lesion
from selcn.training.samples import fold_samples


def main(snakemake, log) -> None:
    inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    settings = LesionSettings.from_config(yaml.safe_load(Path(inputs.settings).read_text()))
    settings = replace(settings, training=replace(settings.training, seed=params.seed))
    classes, weights, place = params.classes, inputs.weights or None, Path(snakemake.output.predictions).parent
    images = CellImages.open(wildcards.cell, inputs, settings.freeze_encoder)
    groups = read_patient_groups(inputs, params.patients)
    of_sources = images_of_sources(read_table(inputs.index), groups[groups["dataset"] == wildcards.lesion_dataset])
    reduced, reasons = without_each_source(read_table(inputs.splits), of_sources, classes)
    for source, reason in reasons.items():
        log.warning("%s is not left out: %s", source, reason)

    def set_up(splits: pd.DataFrame, fold: int):
        return set_up_lesion(images, classes, fold_samples(splits, fold, images.rows), settings, weights)

    tables, trained = [], []
    for source, splits in reduced.items():
        for fold in params.folds:
            log.info("without %s, fold %d", source, fold)
            folder = place / f"without-{quote(source, safe='')}" / f"fold-{fold}"
            # Of the index and the lesions only sources and groups matter.
            work = ResumableWork.of_job(snakemake, {"index": of_sources}, folder, without=["groups", "patients"])
            prepared = partial(set_up, splits, fold)
            train_fold(work, prepared, settings.training, settings.inference_batch_size, classes)
            tables.append(read_table(work.outputs / "test.parquet").assign(source=source, fold=fold))
            trained.append(read_table(work.outputs / "training_ids.parquet").assign(source=source, fold=fold))
    write_table(pd.concat(tables, ignore_index=True), snakemake.output.predictions)
    write_table(pd.concat(trained, ignore_index=True), snakemake.output.trained)
    write_environment(place)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
