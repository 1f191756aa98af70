"""Predict the lesion mask and the LAE box of every image of one shard."""

from pathlib import Path

from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.masks.writing import predict, restore_pictures
from selcn.networks.out_of_fold import rows_of_shard
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.row_arrays import RowFile
from selcn.training.packed import PackedImages


def main(snakemake, log) -> None:
    inputs, dataset = snakemake.input, snakemake.wildcards.dataset
    packed = PackedImages.open_shard(inputs, snakemake.params.shard)
    sliced = {"images": packed.rows, "rows": packed.rows}
    if inputs.lesions:
        sliced["lesions"] = rows_of_shard(inputs.lesions, dataset, packed.rows["image_id"], "segmentation")
    work = ResumableWork.of_job(snakemake, sliced)
    masks, manifest = work.outputs / "masks.npy", work.outputs / "manifest.parquet"
    folder = Path(snakemake.output.manifest).parents[1]
    if work.finished:
        restore_pictures(RowFile(masks), read_table(manifest), folder)
    else:
        table = predict(snakemake, packed, masks, folder)
        log.info("no lesion found in %d of %d images", (~table["lesion_found"]).sum(), len(table))
        write_table(table, manifest)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
