"""Measure the predictions of lesion cells among patients and images of one kind, on HAM10000 and on what is new."""

from pathlib import Path

import numpy as np
import pandas as pd

from selcn.artifacts import read_table
from selcn.duplicates.pairs import photograph_of
from selcn.evaluation import classes_of
from selcn.folds import test_rows
from selcn.job import job
from selcn.measures.subgroups import COLUMNS, measure_subgroups
from selcn.runs import runs_of
from selcn.tables.render import csv_text, write_text
from selcn.tables.subgroups import subgroups_text


def new_images(splits: pd.DataFrame, ham10000: pd.DataFrame) -> pd.Series:
    """Return the ids of ISIC2019's test images that are none of HAM10000's photographs."""
    tested = test_rows(splits)["image_id"]
    return tested[~photograph_of(tested).isin(photograph_of(ham10000["image_id"]))]


def patients_of(index: pd.DataFrame, groups: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Return the index of a data set with each image's group."""
    ours = groups.loc[groups["dataset"] == dataset, ["image_id", "group"]]
    return index.merge(ours, on="image_id", validate="one_to_one")


def chosen(table: pd.DataFrame, image_ids: pd.Series) -> pd.DataFrame:
    """Return the predictions of some images whose class the network knows."""
    return table[table["image_id"].isin(image_ids) & table["label"].isin(classes_of(table))]


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    indices = {Path(path).parent.name: read_table(path) for path in inputs.indices}
    groups, new = read_table(inputs.groups), new_images(read_table(inputs.splits), indices["ham10000"])
    testsets = {"ham10000": runs_of(inputs.test), "isic2019": runs_of(inputs.isic2019)}
    parts = []
    for testset, cells in testsets.items():
        patients = patients_of(indices[testset], groups, testset)
        for cell, runs in cells.items():
            networks = [read_table(path) for path in runs.values()]
            if testset == "isic2019":
                networks = [chosen(table, new) for table in networks]
            log.info("%s on %s: %d images, %d networks", cell, testset, len(networks[0]), len(networks))
            if len(networks[0]):
                # The same lesions are drawn for every cell.
                rows = measure_subgroups(networks, patients, params.draws, np.random.default_rng(params.seed))
                parts.append(rows.assign(testset=testset, cell=cell, networks=len(networks)))
    table = pd.concat(parts, ignore_index=True)
    table = table[["testset", "cell", "networks", *COLUMNS]]
    write_text(csv_text(table), snakemake.output.csv)
    shown = table[table["cell"].isin(params.shown)]
    text = subgroups_text(shown, snakemake.wildcards.protocol, list(params.remarks), params.demo)
    write_text(text, snakemake.output.md)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
