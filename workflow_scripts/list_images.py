"""List the files of the folder of images that is predicted."""

import os
from dataclasses import asdict

import pyarrow as pa

from selcn.jobs.job import job
from selcn.prediction.files import list_images
from selcn.storage.artifacts import write_table


def main(snakemake, log) -> None:
    files = list_images(snakemake.params.folder, snakemake.params.left_out)
    # Names of files are bytes; not all are UTF-8.
    rows = [asdict(file) | {"path": os.fsencode(file.path)} for file in files]
    rejection = pa.struct([("reason", pa.string()), ("advice", pa.string())])
    columns = [("path", pa.binary()), ("name", pa.string()), ("size", pa.int64()), ("modified", pa.int64())]
    write_table(pa.Table.from_pylist(rows, pa.schema([*columns, ("rejection", rejection)])), snakemake.output.files)
    log.info("%d files in %s", len(files), snakemake.params.folder)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
