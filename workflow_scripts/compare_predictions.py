"""Compare lesion cells, and symmetry models, by their predictions of their test sets."""

import numpy as np

from selcn.data.splits.patient_groups import read_patient_groups
from selcn.design.datasets import LESION, SYMMETRY, set_of
from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs, symmetry_pairs
from selcn.evaluation.comparisons.parts import lesions_of, prediction_parts
from selcn.evaluation.comparisons.table import ComparisonSettings, compare
from selcn.evaluation.failures import failures_of
from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.storage.artifacts import write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    lesion_set, symmetry_set = set_of(LESION), set_of(SYMMETRY)
    groups = read_patient_groups(inputs, params.patients)
    failed = failures_of(params.evaluated, inputs.metrics)
    lesion, symmetry = (
        {cell: runs for cell, runs in runs_of(networks, paths).items() if cell not in failed}
        for networks, paths in ((params.lesion, inputs.lesion), (params.symmetry, inputs.symmetry))
    )
    parts = [
        *prediction_parts(lesion, lesion_pairs(lesion), lesions_of(groups, lesion_set), lesion_set),
        *prediction_parts(lesion, oracle_pairs(lesion), lesions_of(groups, lesion_set), lesion_set),
        *prediction_parts(symmetry, symmetry_pairs(symmetry), lesions_of(groups, symmetry_set), symmetry_set),
    ]
    for part in parts:
        log.info("%s: %d comparisons, (seeds, folds) %s", part.testset, len(part.pairs), part.measured.runs)
    settings = ComparisonSettings(resamples=params.draws, permutations=params.exchanges, alpha=params.alpha)
    write_table(compare(parts, settings, np.random.default_rng(params.seed)), snakemake.output.comparisons)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
