"""Compare lesion cells on HAM10000's test set, and symmetry models on SymDerm's, by their predictions."""

import numpy as np

from selcn.data.splits.patient_groups import by_patient
from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs, symmetry_pairs
from selcn.evaluation.comparisons.parts import lesions_of, prediction_parts
from selcn.evaluation.comparisons.table import ComparisonSettings, compare
from selcn.evaluation.failures import failures_of
from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    patients = dict(zip(params.patients, map(read_table, inputs.patients), strict=True))
    groups = by_patient(read_table(inputs.groups), patients)
    failed = failures_of(params.evaluated, inputs.metrics)
    lesion, symmetry = (
        {cell: runs for cell, runs in runs_of(networks, paths).items() if cell not in failed}
        for networks, paths in ((params.lesion, inputs.lesion), (params.symmetry, inputs.symmetry))
    )
    parts = [
        *prediction_parts(lesion, lesion_pairs(lesion), lesions_of(groups, "ham10000"), "ham10000"),
        *prediction_parts(lesion, oracle_pairs(lesion), lesions_of(groups, "ham10000"), "ham10000"),
        *prediction_parts(symmetry, symmetry_pairs(symmetry), lesions_of(groups, "symderm"), "symderm"),
    ]
    for part in parts:
        log.info("%s: %d comparisons, (seeds, folds) %s", part.testset, len(part.pairs), part.measured.runs)
    settings = ComparisonSettings(resamples=params.draws, permutations=params.exchanges, alpha=params.alpha)
    write_table(compare(parts, settings, np.random.default_rng(params.seed)), snakemake.output.comparisons)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
