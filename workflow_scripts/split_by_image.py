"""Split one data set by image into test set and folds, as in the thesis: one row per image and variant."""

from selcn.data.splits.by_image import SplitSettings, split_by_image
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    settings = SplitSettings(**snakemake.params.settings)
    try:
        splits = split_by_image(read_table(snakemake.input.index), settings)
    except ValueError as error:
        raise ValueError(f"{snakemake.input.index}: {error}") from error
    write_table(splits, snakemake.output.splits)
    for (role, train), rows in splits.groupby(["role", "train"]):
        log.info("%s%s: %d rows of %d images", role, " to train on" * train, len(rows), rows["image_id"].nunique())


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
