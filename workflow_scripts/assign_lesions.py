"""Assign every lesion of all data sets to the development set's folds or the test set (leakfree protocol)."""

import pandas as pd

from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    datasets = snakemake.params.datasets
    indices = [
        read_table(path).assign(dataset=name) for name, path in zip(datasets, snakemake.input.indices, strict=True)
    ]
    groups = read_table(snakemake.input.groups)
    keys = ["dataset", "image_id"]
    images = pd.concat(indices)[[*keys, "label", "part"]].merge(groups, on=keys, validate="one_to_one")
    images = images.rename(columns={"group": "lesion"})
    table = assign_lesions(images, LesionSplitSettings(**snakemake.params.settings))
    write_table(table, snakemake.output.lesions)
    for (dataset, role), rows in table.groupby(["dataset", "role"]):
        log.info("%s, %s: %d images of %d lesions", dataset, role, len(rows), rows["lesion"].nunique())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
