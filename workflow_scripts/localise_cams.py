"""Compare one model's CAMs of HAM10000's images with their true lesion masks."""

import numpy as np

from selcn.artifacts import read_table, write_json, write_table
from selcn.cam_table import load_cams, rows_of
from selcn.job import job
from selcn.localisation import LocalisationSettings, localise_all, summarise
from selcn.stack import Stack


def main(snakemake) -> None:
    inputs = snakemake.input
    images = read_table(inputs.rows)
    truth = Stack(inputs.truth, images["image_id"])[np.flatnonzero(images["has_mask"])]
    images = images[images["has_mask"]]
    frame, cams = load_cams(inputs.cams)
    cams = cams[rows_of(frame, images["image_id"], ["original"] * len(images), inputs.cams)]
    settings = LocalisationSettings(**snakemake.params.settings)
    table = localise_all(cams, truth, images["image_id"].tolist(), settings)
    write_table(table, snakemake.output.localisation)
    write_json(summarise(table), snakemake.output.summary)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
