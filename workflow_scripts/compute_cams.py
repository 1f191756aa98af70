"""Compute Grad-CAM++ of one symmetry model for every image and variant of one shard."""

from selcn.cams.symmetry import choose_folds, compute_cams
from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.networks.out_of_fold import rows_of_shard
from selcn.networks.symmetry import MODELS
from selcn.storage.artifacts import read_table
from selcn.storage.cam_table import write_cams
from selcn.training.packed import PackedImages
from selcn.training.samples import stage_samples


def main(snakemake, log) -> None:
    inputs, wildcards, model = snakemake.input, snakemake.wildcards, MODELS[snakemake.wildcards.cam_model]
    packed = PackedImages.open_shard(inputs, snakemake.params.shard, model.mask)
    rows, splits = packed.rows, read_table(inputs.splits)
    ours = splits["image_id"].isin(rows["image_id"])
    sliced = {"images": rows, "rows": rows, "splits": splits.loc[ours, ["image_id", "variant", "label"]]}
    if inputs.lesions:
        sliced["lesions"] = rows_of_shard(inputs.lesions, wildcards.dataset, rows["image_id"], "symmetry")
    work = ResumableWork.of_job(snakemake, sliced)
    if not work.finished:
        samples = stage_samples(sliced["splits"], rows)
        folds = choose_folds(inputs, wildcards.dataset, samples)
        frame, cams = compute_cams(inputs, model, packed, samples, folds)
        log.info("%d CAMs, %d of them empty", len(frame), frame["empty"].sum())
        write_cams(frame, cams, work.outputs / "cams.parquet")
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
