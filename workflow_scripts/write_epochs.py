"""Write the table of epochs: how long each network was trained, and which trainings the limit of epochs stopped."""

import pandas as pd

from selcn.jobs.job import job
from selcn.report.tables.epochs import LIMIT, epoch_blocks, epoch_table
from selcn.report.tables.render import write_blocks
from selcn.storage.artifacts import replacing


def main(snakemake, log) -> None:
    outputs, params = snakemake.output, snakemake.params
    table = epoch_table(params.networks, [pd.read_csv(path) for path in snakemake.input.histories], params.limits)
    with replacing(outputs.csv) as temporary:
        table.to_csv(temporary, index=False)
    write_blocks(epoch_blocks(table, snakemake.wildcards.protocol, params.demo), outputs.md, outputs.html)
    log.info("%d of %d trainings stopped by the limit of epochs", (table["ended"] == LIMIT).sum(), len(table))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
