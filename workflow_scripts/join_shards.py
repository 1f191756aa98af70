"""Join the tables of all shards of a data set into one, sorted by image, and clear away what none of them lists."""

import shutil
from pathlib import Path

import pyarrow as pa

from selcn.jobs.job import job
from selcn.storage.artifacts import read_arrow, write_table

# Columns of a manifest that name files in folders which all shards share.
LISTED = ("path", "seg_path", "lae_path")


def remove_former_shards(folder: Path, shards: list[Path]) -> int:
    """Remove the folders of shards that the data set had when it was divided into more; return how many."""
    former = [place for place in folder.glob("shard-*") if place not in shards]
    for place in former:
        shutil.rmtree(place)
    return len(former)


def remove_unlisted(folder: Path, listed: list[str]) -> int:
    """Remove the files of images that are no longer in the data set, and what killed jobs left; return how many."""
    kept = {folder / path for path in listed}
    unlisted = [path for place in {path.parent for path in kept} for path in place.iterdir() if path not in kept]
    for path in unlisted:
        path.unlink()
    return len(unlisted)


def main(snakemake, log) -> None:
    table = pa.concat_tables(read_arrow(path) for path in snakemake.input.shards)
    keys = [name for name in ("image_id", "variant") if name in table.column_names]
    write_table(table.sort_by([(key, "ascending") for key in keys]), snakemake.output.joined)
    folder = Path(snakemake.output.joined).parent
    removed = remove_former_shards(folder, [Path(path).parent for path in snakemake.input.shards])
    for column in set(LISTED) & set(table.column_names):
        removed += remove_unlisted(folder, table[column].to_pylist())
    log.info("%d rows; %d files and folders removed that are none of the data set's", len(table), removed)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
