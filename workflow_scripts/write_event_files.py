"""Write the training histories of a protocol's networks as TensorBoard's event files."""

from pathlib import Path

from selcn.jobs.job import job
from selcn.report.event_files import write_runs
from selcn.report.figures.training_curves import read_history
from selcn.storage.artifacts import write_table


def main(snakemake) -> None:
    histories = map(read_history, snakemake.input.histories)
    manifest = Path(snakemake.output.manifest)
    runs = write_runs(dict(zip(snakemake.params.runs, histories, strict=True)), manifest.parent)
    write_table(runs, manifest)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
