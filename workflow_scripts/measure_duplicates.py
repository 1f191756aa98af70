"""Measure the search for images of one lesion: on lesions whose ids were hidden, and on changed images."""

import cv2
import numpy as np
import pandas as pd

from selcn.data.duplicates.candidates import count_reasons
from selcn.data.duplicates.decisions import Thresholds, Verdicts, decide
from selcn.design.datasets import LESION, set_of
from selcn.evaluation.duplicate_detection import known_pairs, measure_precision, measure_recall
from selcn.evaluation.planted_duplicates import measure_planted
from selcn.jobs.job import job
from selcn.report.tables.duplicate_detection import detection_blocks
from selcn.report.tables.render import write_blocks
from selcn.storage.artifacts import read_table, replacing


def main(snakemake, log) -> None:
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    matches = pd.concat(map(read_table, inputs.matches), ignore_index=True)
    thresholds = Thresholds(params.certain, params.doubtful)
    # Without the verdicts of lists and persons, which are no part of the search.
    pairs = decide(read_table(inputs.copies), matches, indices, thresholds, Verdicts())
    rng, lesion_set = np.random.default_rng(params.seed), set_of(LESION)
    cv2.setNumThreads(1)
    table = pd.concat(
        [
            measure_recall(known_pairs(indices), pairs, rng),
            measure_precision(indices, pairs, rng),
            measure_planted(lesion_set, indices[lesion_set], thresholds, params.planted, rng),
        ],
        ignore_index=True,
    )
    with replacing(outputs.csv) as temporary:
        table.to_csv(temporary, index=False)
    candidates = read_table(inputs.candidates)["candidate"]
    blocks = detection_blocks(table, len(candidates), count_reasons(candidates), thresholds, params.demo)
    write_blocks(blocks, outputs.md, outputs.html)
    log.info("%d candidate pairs\n%s", len(candidates), table.to_string(index=False))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
