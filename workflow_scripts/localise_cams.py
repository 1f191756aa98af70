"""Compare one model's CAMs of HAM10000's images with their true lesion masks."""

from selcn.artifacts import read_table, write_json, write_table
from selcn.cam_table import load_cams, rows_of
from selcn.explained import explained_images
from selcn.job import job
from selcn.localisation import LocalisationSettings, localise_all, summarise
from selcn.stack import Stack


def main(snakemake) -> None:
    inputs = snakemake.input
    rows = read_table(inputs.rows)
    images = explained_images(rows[rows["has_mask"]], inputs.lesions)
    truth = Stack(inputs.truth, rows["image_id"])[images.index.to_numpy()]
    frame, cams = load_cams(inputs.cams)
    cams = cams[rows_of(frame, images["image_id"], ["original"] * len(images), inputs.cams)]
    settings = LocalisationSettings(**snakemake.params.settings)
    table = localise_all(cams, truth, images["image_id"].tolist(), settings)
    write_table(table, snakemake.output.localisation)
    write_json(summarise(table), snakemake.output.summary)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
