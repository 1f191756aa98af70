"""Find the keypoints of the images of one shard, which are compared to find images of one lesion."""

from selcn.data.duplicates.keypoint_files import MANIFEST, write_keypoints
from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.shards import in_shard


def main(snakemake, log) -> None:
    index = in_shard(read_table(snakemake.input.index)[["image_id", "path", "sha256"]], **snakemake.params.shard)
    work = ResumableWork.of_job(snakemake, {"index": index.drop(columns="path")})
    if not work.finished:
        manifest = write_keypoints(index, snakemake.threads, work.outputs)
        write_table(manifest, work.outputs / MANIFEST)
        log.info("%d images with %.0f keypoints on average", len(manifest), manifest["keypoints"].mean())
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
