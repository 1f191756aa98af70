"""Evaluate the lesion cells in subgroups of patients and images, on their test set and outside it."""

from pathlib import Path

import numpy as np
import pandas as pd

from selcn.data.splits.folds import test_rows
from selcn.design.datasets import LESION, set_of
from selcn.evaluation.failures import failures_of
from selcn.evaluation.isic2019 import subsets_of
from selcn.evaluation.runs import runs_of
from selcn.evaluation.subgroups import COLUMNS, measure_subgroups, patients_of
from selcn.jobs.environment_record import environments_below, note_on
from selcn.jobs.job import job
from selcn.report.tables.notes import empty_masks, failed_models
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.report.tables.subgroups import subgroup_blocks
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    lesion_set = set_of(LESION)
    indices = {testset: read_table(inputs[f"{testset}_index"]) for testset in params.testsets}
    groups, inside = read_table(inputs.groups), indices[lesion_set]["image_id"]
    testsets = {testset: runs_of(params.networks, inputs[testset]) for testset in indices}
    failed = failures_of(params.evaluated, inputs.metrics)
    failed = {cell: reason for cell, reason in failed.items() if cell in testsets[lesion_set]}
    parts = []
    for testset, cells in testsets.items():
        patients = patients_of(indices[testset], groups, testset)
        for cell, runs in cells.items():
            if cell in failed:
                continue
            networks = [read_table(path) for path in runs.values()]
            if testset != lesion_set:
                tested = test_rows(read_table(inputs.splits[0]))["image_id"]
                networks = [table[table["image_id"].isin(tested)] for table in networks]
                networks = [subsets_of(table, (), inside, ())[f"{testset}_outside"] for table in networks]
            log.info("%s on %s: %d images, %d networks", cell, testset, len(networks[0]), len(networks))
            if len(networks[0]):
                # The same lesions are drawn for every cell.
                rows = measure_subgroups(networks, patients, params.draws, np.random.default_rng(params.seed))
                parts.append(rows.assign(testset=testset, cell=cell, networks=len(networks)))
    columns = ["testset", "cell", "networks", *COLUMNS]
    table = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    write_text(csv_text(table), snakemake.output.csv)
    shown = table[table["cell"].isin(params.shown)]
    protocol = snakemake.wildcards.protocol
    masks = dict(zip(params.masked, inputs.masks, strict=True))
    remarks = [
        *params.remarks,
        *failed_models(failed),
        *empty_masks(masks),
        *note_on(environments_below(Path("results") / protocol / "lesion")),
    ]
    blocks = subgroup_blocks(shown, protocol, remarks, params.demo)
    write_blocks(blocks, snakemake.output.md, snakemake.output.html)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
