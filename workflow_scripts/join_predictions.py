"""Join the predictions of a folder's shards, and write their tables and page."""

from pathlib import Path

import pyarrow as pa

from selcn.jobs.job import job
from selcn.prediction.pictures import PICTURES, remove_former_pictures
from selcn.prediction.rows import REJECTED, write_tables
from selcn.report.predictions.page import write_page
from selcn.storage.artifacts import read_arrow, read_json
from selcn.storage.joining import remove_former_shards


def joined(paths: list[str]) -> pa.Table:
    """Return the rows of several tables, by image."""
    return pa.concat_tables(map(read_arrow, paths)).sort_by("image")


def main(snakemake, log) -> None:
    predictions, rejected = joined(snakemake.input.predictions), joined(snakemake.input.rejected)
    out = Path(snakemake.output[0]).parent
    remove_former_shards(out, [Path(path).parent for path in snakemake.input.predictions])
    write_tables(predictions, rejected, out)
    folder = Path(snakemake.params.folder).name
    write_page(predictions, rejected, read_json(snakemake.input.bundle), folder, PICTURES, out)
    former = remove_former_pictures(predictions["name"].to_pylist(), out)
    log.info("%d images predicted, %d files rejected", len(predictions), len(rejected))
    log.info("removed pictures of images that are no longer predicted: %d", former)
    if not len(predictions):
        log.warning("no file could be predicted; %s says why", out / f"{REJECTED}.csv")


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
