"""Join the tables of all shards of a data set into one, sorted by image."""

import pyarrow as pa

from selcn.artifacts import read_arrow, write_table
from selcn.job import job


def main(snakemake) -> None:
    table = pa.concat_tables(read_arrow(path) for path in snakemake.input.shards)
    keys = [name for name in ("image_id", "variant") if name in table.column_names]
    write_table(table.sort_by([(key, "ascending") for key in keys]), snakemake.output.joined)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
