"""Find photographs of all data sets that are nearly the same, as they are or turned or mirrored."""

from pathlib import Path

from selcn.duplicates.hashes import hash_stack
from selcn.duplicates.pairs import near_duplicates

from selcn.artifacts import read_table, write_table
from selcn.job import job
from selcn.stack import Stack


def main(snakemake, log) -> None:
    images = {}
    for rows in map(Path, snakemake.input.rows):
        shards = [path for path in snakemake.input.images if Path(path).parents[1] == rows.parent]
        ids = read_table(rows)["image_id"].tolist()
        images[rows.parent.name] = (ids, hash_stack(Stack(shards, ids)))
        log.info("%s: %d images", rows.parent.name, len(ids))
    pairs = near_duplicates(images, snakemake.params.distance)
    log.info("%d pairs within %d bits", len(pairs), snakemake.params.distance)
    write_table(pairs, snakemake.output.pairs)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
