"""Assign every lesion of all data sets to the development set's folds or the test set (leakfree protocol)."""

import pandas as pd

from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.data.splits.patient_groups import PATIENT
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    datasets = snakemake.params.datasets
    indices = [
        read_table(path).assign(dataset=name) for name, path in zip(datasets, snakemake.input.indices, strict=True)
    ]
    groups = read_table(snakemake.input.groups)
    keys = ["dataset", "image_id"]
    every = pd.concat(indices)
    known = [PATIENT] if PATIENT in every else []
    images = every[[*keys, "label", "part", *known]].merge(groups, on=keys, validate="one_to_one")
    images = images.rename(columns={"group": "lesion"})
    if known:
        of_patient = images.groupby(PATIENT)["lesion"].agg(["nunique", "size"])
        several, largest = int((of_patient["nunique"] > 1).sum()), of_patient["size"].max()
        log.info("%d patients, %d with several lesions; at most %d images each", len(of_patient), several, largest)
    table = assign_lesions(images, LesionSplitSettings(**snakemake.params.settings))
    write_table(table, snakemake.output.lesions)
    for (dataset, role), rows in table.groupby(["dataset", "role"]):
        log.info("%s, %s: %d images of %d lesions", dataset, role, len(rows), rows["lesion"].nunique())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
