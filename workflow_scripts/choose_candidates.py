"""Choose the pairs of images that are compared by local features: of like patients, and those that look most alike."""

import numpy as np

from selcn.data.duplicates.appearance import Appearance
from selcn.data.duplicates.candidates import choose_candidates, count_reasons
from selcn.data.duplicates.images import open_images, open_keypoints, read_manifests
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    indices = dict(zip(params.datasets, map(read_table, inputs.indices), strict=True))
    images = open_images(inputs, params.datasets)
    keypoints = open_keypoints(inputs, read_manifests(inputs, params.datasets))
    seen = Appearance.of(images, keypoints, np.random.default_rng(params.seed))
    candidates = choose_candidates(indices, seen, params.nearest)
    counts = count_reasons(candidates["candidate"])
    log.info("%d candidate pairs: %s", len(candidates), ", ".join(f"{n} by {name}" for name, n in counts.items()))
    write_table(candidates, snakemake.output.candidates)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
