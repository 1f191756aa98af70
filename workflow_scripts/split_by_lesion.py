"""Split one data set by lesion (leakfree protocol): one row per image and variant."""

from selcn.data.splits.by_lesion import split_by_lesion
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    lesions = read_table(snakemake.input.lesions)
    ours = lesions[lesions["dataset"] == snakemake.wildcards.dataset]
    splits = split_by_lesion(read_table(snakemake.input.index), ours, **snakemake.params.settings)
    write_table(splits, snakemake.output.splits)
    for (role, train), rows in splits.groupby(["role", "train"]):
        log.info("%s%s: %d rows of %d images", role, " to train on" * train, len(rows), rows["image_id"].nunique())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
