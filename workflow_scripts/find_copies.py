"""Find copies of images in all data sets, turned and mirrored ones included, by hash and grey values."""

from selcn.data.duplicates.confirm import confirmed
from selcn.data.duplicates.hashes import hash_dataset
from selcn.data.duplicates.images import open_images
from selcn.data.duplicates.pairs import near_duplicates
from selcn.jobs.job import job
from selcn.storage.artifacts import write_table


def main(snakemake, log) -> None:
    params = snakemake.params
    images = open_images(snakemake.input, params.datasets)
    hashes = {dataset: (ids, hash_dataset(stack)) for dataset, (ids, stack) in images.items()}
    candidates = near_duplicates(hashes, params.distance)
    pairs = confirmed(candidates, images, params.correlation)
    log.info("%d pairs within %d bits, %d confirmed", len(candidates), params.distance, len(pairs))
    write_table(pairs, snakemake.output.copies)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
