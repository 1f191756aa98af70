"""Find photographs of all data sets that are nearly the same, as they are or turned or mirrored."""

from pathlib import Path

from selcn.artifacts import read_table, write_table
from selcn.duplicates.confirm import confirmed
from selcn.duplicates.hashes import hash_stack
from selcn.duplicates.pairs import near_duplicates
from selcn.job import job
from selcn.stack import Stack


def main(snakemake, log) -> None:
    images, params = {}, snakemake.params
    for rows in map(Path, snakemake.input.rows):
        shards = [path for path in snakemake.input.images if Path(path).parents[1] == rows.parent]
        ids = read_table(rows)["image_id"].tolist()
        images[rows.parent.name] = (ids, Stack(shards, ids))
    hashes = {dataset: (ids, hash_stack(stack)) for dataset, (ids, stack) in images.items()}
    candidates = near_duplicates(hashes, params.distance)
    pairs = confirmed(candidates, images, params.correlation)
    log.info("%d pairs within %d bits, %d of them confirmed", len(candidates), params.distance, len(pairs))
    write_table(pairs, snakemake.output.pairs)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
