"""Pack the hair-free images and lesion masks of one shard into two arrays, with a manifest of their rows."""

from pathlib import Path

from selcn.data.packing import PackSettings, join_manifests, pack
from selcn.jobs.job import job
from selcn.jobs.resumable import ResumableWork
from selcn.storage.artifacts import read_table, write_table
from selcn.storage.shards import in_shard

# Of the index; what else stands there, such as a patient's age, packs nothing again.
INDEX_COLUMNS = ["image_id", "lesion_id", "label", "part", "mask_path", "mask_sha256"]


def main(snakemake, log) -> None:
    settings, hair_path = PackSettings(**snakemake.params.settings), Path(snakemake.input.hair)
    index = in_shard(read_table(snakemake.input.index)[INDEX_COLUMNS], **snakemake.params.shard)
    work = ResumableWork.of_job(snakemake, {"index": index.drop(columns="mask_path")})
    if not work.finished:
        table = join_manifests(index, read_table(hair_path), hair_path)
        manifest = pack(table, settings, hair_path, snakemake.threads, work.outputs)
        write_table(manifest, work.outputs / "manifest.parquet")
        log.info("%d images, %d masks, %d pixels a side", len(table), manifest["has_mask"].sum(), settings.size)
        work.finish()
    work.hand_over(snakemake.output)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
