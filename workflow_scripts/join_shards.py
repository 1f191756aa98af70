"""Join the tables of a data set's shards, sorted by image, and remove files that no shard lists."""

from pathlib import Path

import pyarrow as pa

from selcn.jobs.job import job
from selcn.storage.artifacts import read_arrow, write_table
from selcn.storage.joining import LISTED, remove_former_shards, remove_unlisted


def main(snakemake, log) -> None:
    table = pa.concat_tables(read_arrow(path) for path in snakemake.input.shards)
    keys = [name for name in ("image_id", "variant") if name in table.column_names]
    write_table(table.sort_by([(key, "ascending") for key in keys]), snakemake.output.joined)
    folder = Path(snakemake.output.joined).parent
    removed = remove_former_shards(folder, [Path(path).parent for path in snakemake.input.shards])
    for column in set(LISTED) & set(table.column_names):
        removed += remove_unlisted(folder, table[column].to_pylist())
    log.info("%d rows; %d outdated files and folders removed", len(table), removed)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
