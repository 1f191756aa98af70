"""Predict one shard of a folder's images by a bundle."""

import os
from pathlib import Path

from selcn.jobs.device import pick_device
from selcn.jobs.job import job
from selcn.prediction.cascade import Cascade
from selcn.prediction.files import ImageFile, Rejection
from selcn.prediction.folder import FolderSettings, Places, predict_folder
from selcn.prediction.reading import Limits
from selcn.storage.artifacts import read_arrow, write_table
from selcn.storage.shards import shard_of


def files_of(path: str, shard: int, shards: int) -> list[ImageFile]:
    """Read the files of a shard; a file's shard follows from its name alone."""
    rows = [row for row in read_arrow(path).to_pylist() if shard_of(row["name"], shards) == shard]
    return [
        ImageFile(
            os.fsdecode(row["path"]),
            row["name"],
            row["size"],
            row["modified"],
            row["rejection"] and Rejection(**row["rejection"]),
        )
        for row in rows
    ]


def main(snakemake, log) -> None:
    params, output = snakemake.params, snakemake.output
    files = files_of(snakemake.input.files, int(snakemake.wildcards.shard), params.shards)
    out = Path(output.predictions).parents[1]
    places = Places(out, Path("work") / snakemake.rule / out.relative_to("results/predict"))
    cascade = Cascade.load(Path(snakemake.input.bundle).parent, pick_device())
    settings = FolderSettings(threads=snakemake.threads, limits=Limits(**params.limits))
    predictions, rejected = predict_folder(cascade, Path(params.folder), files, places, settings, params.code)
    write_table(predictions, output.predictions)
    write_table(rejected, output.rejected)
    log.info("%d images predicted, %d files rejected", len(predictions), len(rejected))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
