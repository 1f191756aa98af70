"""Compare one model's CAMs of HAM10000's images with their true lesion masks."""

from selcn.artifacts import checked_array, read_json, read_table, write_json, write_table
from selcn.cam_table import load_cams, rows_of
from selcn.job import logged
from selcn.localisation import LocalisationSettings, localise_all, summarise


def main(snakemake) -> None:
    inputs = snakemake.input
    truth = checked_array(inputs.truth, read_json(inputs.packed)["masks_sha256"])
    images = read_table(inputs.rows)
    images = images[images["has_mask"]]
    frame, cams = load_cams(inputs.cams)
    cams = cams[rows_of(frame, images["image_id"], ["original"] * len(images), inputs.cams)]
    settings = LocalisationSettings(**snakemake.params.settings)
    table = localise_all(cams, truth[images["row"].to_numpy()], images["image_id"].tolist(), settings)
    write_table(table, snakemake.output.localisation)
    write_json(summarise(table), snakemake.output.summary)


with logged(snakemake.log[0]):  # noqa: F821
    main(snakemake)  # noqa: F821
