"""Measure how unusual each image looks among the images of its data set."""

import numpy as np
import pandas as pd

from selcn.data.duplicates.images import open_images
from selcn.evaluation.label_audit.appearance import MOST_DEVIATIONS, statistics_of, unusual
from selcn.jobs.job import job
from selcn.storage.artifacts import write_table


def main(snakemake, log) -> None:
    parts = []
    for dataset, (image_ids, images) in open_images(snakemake.input, snakemake.params.datasets).items():
        statistics = statistics_of(images[row] for row in np.arange(len(image_ids)))
        table = pd.concat([pd.DataFrame({"dataset": dataset, "image_id": image_ids}), unusual(statistics)], axis=1)
        parts.append(table.join(statistics))
        log.info("%s: %d of %d images are unusual", dataset, (table["appearance"] > MOST_DEVIATIONS).sum(), len(table))
    write_table(pd.concat(parts, ignore_index=True), snakemake.output.appearance)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
