"""Compare lesion networks with those that saw no image of a source, on that source's images, and write the table."""

import numpy as np
import pandas as pd

from selcn.data.splits.patient_groups import read_patient_groups
from selcn.data.splits.without_source import images_of_sources, without_each_source
from selcn.design.datasets import DATASETS
from selcn.evaluation.sources import measure_cell
from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.report.tables.sources import source_blocks
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    groups = read_patient_groups(inputs, params.patients)
    of_sources = images_of_sources(read_table(inputs.index), groups[groups["dataset"] == params.dataset])
    _, reasons = without_each_source(read_table(inputs.splits), of_sources, params.classes)
    cells = []
    for cell, path in zip(params.cells, inputs.predictions, strict=True):
        own = [number for number, network in enumerate(params.networks) if network.model == cell]
        ordinary = [
            pd.concat([read_table(files[number]) for files in (inputs.validation, inputs.test)]) for number in own
        ]
        rows = measure_cell(ordinary, read_table(path), of_sources, params.draws, np.random.default_rng(params.seed))
        log.info("%s: %d sources", cell, rows["source"].nunique())
        cells.append(rows.assign(cell=cell))
    table = pd.concat(cells, ignore_index=True)
    table = table[["cell", *table.columns.drop("cell")]]
    notes = [f"{source} is not left out: {reason}." for source, reason in reasons.items()]
    notes += [*params.remarks, *note_on(environments_of(inputs.predictions))]
    write_text(csv_text(table), outputs.csv)
    blocks = source_blocks(table, DATASETS[params.dataset], notes, params.demo)
    write_blocks(blocks, outputs.md, outputs.html)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
