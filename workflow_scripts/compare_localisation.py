"""Compare lesion cells and symmetry models by where their CAMs of images with true masks lie."""

import numpy as np

from selcn.data.splits.patient_groups import read_patient_groups
from selcn.design.datasets import SEGMENTATION, set_of
from selcn.evaluation.comparisons.pairs import lesion_pairs, symmetry_pairs
from selcn.evaluation.comparisons.parts import lesions_of, localisation_parts
from selcn.evaluation.comparisons.table import ComparisonSettings, compare
from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.storage.artifacts import write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    masked = set_of(SEGMENTATION)
    lesions = lesions_of(read_patient_groups(inputs, params.patients), masked)
    failed = failures_of(params.evaluated, inputs.metrics)
    lesion, symmetry = (
        {name: path for name, path in zip(names, paths, strict=True) if name not in failed}
        for names, paths in ((params.cells, inputs.lesion), (params.symmetry_models, inputs.symmetry))
    )
    parts = [
        *localisation_parts(lesion, lesion_pairs(lesion), lesions, masked),
        *localisation_parts(symmetry, symmetry_pairs(symmetry), lesions, masked),
    ]
    log.info("%d comparisons", len(parts))
    settings = ComparisonSettings(resamples=params.draws, permutations=params.exchanges, alpha=params.alpha)
    write_table(compare(parts, settings, np.random.default_rng(params.seed)), snakemake.output.comparisons)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
