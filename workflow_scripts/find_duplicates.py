"""Decide which pairs of images show one lesion: by copies, local features, known pairs and a person's verdicts."""

import pandas as pd

from selcn.data.duplicates.decisions import KEY, Thresholds, Verdicts, decide, in_study, read_pairs
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    verdicts = Verdicts(**{kind: read_pairs(inputs[kind]) for kind in Verdicts.KINDS if hasattr(inputs, kind)})
    for kind in Verdicts.KINDS:
        judged = getattr(verdicts, kind)
        known = in_study(judged, indices)
        if len(known) < len(judged):
            first = judged.merge(known[KEY], on=KEY, how="left", indicator=True).query("_merge == 'left_only'").iloc[0]
            log.warning(
                "%d of %d pairs of %s have an image that is not in the study, the first %s and %s; they are left out",
                len(judged) - len(known),
                len(judged),
                inputs[kind],
                *first[KEY],
            )
    matches = pd.concat(map(read_table, inputs.matches), ignore_index=True)
    thresholds = Thresholds(params.certain, params.doubtful)
    pairs = decide(read_table(inputs.copies), matches, indices, thresholds, verdicts)
    for (certainty, reason), count in pairs.groupby(["certainty", "reason"]).size().items():
        log.info("%s by %s: %d pairs", certainty, reason, count)
    write_table(pairs, snakemake.output.pairs)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
