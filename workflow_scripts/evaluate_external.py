"""Evaluate all lesion cells on an external set, and compare them there."""

import numpy as np

from selcn.data.splits.patient_groups import read_patient_groups
from selcn.evaluation.comparisons.table import ComparisonSettings, compare
from selcn.evaluation.external import ExternalSettings
from selcn.evaluation.external_cells import ExternalSet, comparison_parts, evaluate_cell, read_predicted
from selcn.evaluation.failures import FAILED, failures_of
from selcn.evaluation.runs import runs_of
from selcn.evaluation.subgroups import patients_of
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table, write_json, write_table


def main(snakemake, log) -> None:
    inputs, outputs, params, name = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards.external
    failed, groups = failures_of(params.cells, inputs.metrics), read_table(inputs.groups)
    patients = patients_of(read_table(inputs.index), groups, name)
    # An estimate counts only where no skin type is given.
    for path in [] if "skin_type" in patients else as_list(inputs.skin):
        patients = patients.merge(read_table(path)[["image_id", "skin_tone"]], on="image_id")
    external = ExternalSet(name, groups, read_patient_groups(inputs, params.patients), patients)
    predicted = read_predicted(inputs)
    runs, settings = runs_of(params.networks, inputs.external), ExternalSettings(**params.evaluation)
    for cell, path in zip(params.cells, outputs.metrics, strict=True):
        if cell in failed:
            log.warning("%s failed: %s", cell, failed[cell])
            write_json({FAILED: failed[cell]}, path)
            continue
        metrics = evaluate_cell([predicted[file] for file in runs[cell].values()], external, settings)
        log.info("%s: images by subset: %s", cell, metrics["images"])
        write_json(metrics, path)
    compared = {cell: files for cell, files in runs.items() if cell not in failed}
    parts = comparison_parts(compared, predicted, external)
    for part in parts:
        log.info("%d comparisons on %d images", len(part.pairs), len(part.measured.lesion))
    how = ComparisonSettings(resamples=params.draws, permutations=params.exchanges, alpha=params.alpha)
    write_table(compare(parts, how, np.random.default_rng(params.seed)), outputs.comparisons)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
