"""Compare lesion cells on the images of an external set whose lesions no network was trained on."""

import numpy as np
import pandas as pd

from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs
from selcn.evaluation.comparisons.parts import lesions_of, prediction_parts
from selcn.evaluation.comparisons.table import ComparisonSettings, compare
from selcn.evaluation.external import subsets_of
from selcn.evaluation.failures import failures_of
from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params, external = snakemake.input, snakemake.params, snakemake.wildcards.external
    groups, failed = read_table(inputs.groups), failures_of(params.cells, inputs.metrics)
    trained = pd.concat([read_table(path)["image_id"] for path in as_list(inputs.training_ids)]).drop_duplicates()
    cells = {cell: runs for cell, runs in runs_of(params.networks, inputs.external).items() if cell not in failed}

    def unseen(path) -> pd.DataFrame:
        return subsets_of(read_table(path), groups, external, trained)["unseen"]

    # All files are of the same images.
    pairs = [*lesion_pairs(cells), *oracle_pairs(cells)] if len(unseen(as_list(inputs.external)[0])) else []
    parts = prediction_parts(cells, pairs, lesions_of(groups, external), external, unseen)
    for part in parts:
        log.info("%d comparisons on %d images", len(part.pairs), len(part.measured.lesion))
    settings = ComparisonSettings(resamples=params.draws, permutations=params.exchanges, alpha=params.alpha)
    write_table(compare(parts, settings, np.random.default_rng(params.seed)), snakemake.output.comparisons)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
