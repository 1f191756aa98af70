"""Decide which pairs of images show one lesion: by copies, local features, known pairs and a person's verdicts."""

from dataclasses import fields

import pandas as pd

from selcn.data.duplicates.decisions import Thresholds, Verdicts, decide, outside_study, read_pairs
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    kinds = [kind.name for kind in fields(Verdicts) if hasattr(inputs, kind.name)]
    verdicts = Verdicts(**{kind: read_pairs(inputs[kind]) for kind in kinds})
    for kind in kinds:
        left_out = outside_study(getattr(verdicts, kind), indices)
        if len(left_out):
            log.warning(
                "%s: %d pairs have an image that is not in the study, the first %s and %s; they are left out",
                inputs[kind],
                len(left_out),
                *left_out.iloc[0],
            )
    matches = pd.concat(map(read_table, inputs.matches), ignore_index=True)
    thresholds = Thresholds(params.certain, params.doubtful)
    pairs = decide(read_table(inputs.copies), matches, indices, thresholds, verdicts)
    for (certainty, reason), count in pairs.groupby(["certainty", "reason"]).size().items():
        log.info("%s by %s: %d pairs", certainty, reason, count)
    write_table(pairs, snakemake.output.pairs)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
