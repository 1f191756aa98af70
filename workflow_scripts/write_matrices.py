"""Write one protocol's predictions behind the report's confusion matrices."""

from selcn.data.splits.folds import test_rows
from selcn.jobs.job import job
from selcn.report.viewer_data.matrices import matrix_of
from selcn.report.viewer_data.predictions import Predictions
from selcn.report.viewer_data.scripts import write_script
from selcn.report.viewer_data.subsets import subsets_of
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    inputs, protocol = snakemake.input, snakemake.wildcards.protocol
    predictions = Predictions.open(inputs, snakemake.params.shown)
    official = [id for path in inputs.external for id in test_rows(read_table(path), "official_test")["image_id"]]
    trained_on = read_table(inputs.rows)["image_id"]
    for subset, path in zip(subsets_of(), snakemake.output, strict=True):
        matrix = matrix_of(protocol, subset, predictions, official, trained_on)
        write_script(subset.script(protocol), matrix, path)
        log.info("%s: %d images, %d models", subset.title, len(matrix["images"]), len(matrix["models"]))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
