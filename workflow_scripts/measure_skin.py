"""Estimate the skin tone of every image of an external set from the skin around its predicted lesion."""

from selcn.evaluation.skin_tone import skin_tones
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.row_arrays import ShardedArray


def main(snakemake, log) -> None:
    inputs = snakemake.input
    ids, manifest = read_table(inputs.rows)["image_id"], read_table(inputs.mask_rows)
    images = ShardedArray(as_list(inputs.images), ids)
    masks = ShardedArray(as_list(inputs.masks), manifest["image_id"])
    table = skin_tones(ids, images, manifest, masks)
    log.info("images by estimated skin tone: %s", table["skin_tone"].value_counts(dropna=False).to_dict())
    write_table(table, snakemake.output.skin)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
