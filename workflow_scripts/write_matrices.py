"""Write one protocol's predictions behind the report's confusion matrices."""

from selcn.data.splits.folds import test_rows
from selcn.jobs.job import job
from selcn.report.viewer_data.matrices import matrix_of
from selcn.report.viewer_data.predictions import Predictions
from selcn.report.viewer_data.scripts import write_script
from selcn.report.viewer_data.subsets import SUBSETS
from selcn.storage.artifacts import read_table


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    predictions = Predictions.open(inputs, params.shown)
    official = test_rows(read_table(inputs.isic2019_splits), "official_test")["image_id"]
    ham10000 = read_table(inputs.rows)["image_id"]
    for subset, path in zip(SUBSETS, snakemake.output, strict=True):
        matrix = matrix_of(snakemake.wildcards.protocol, subset, predictions, official, ham10000)
        write_script(matrix, path, params.report)
        log.info("%s: %d images, %d models", subset.title, len(matrix["images"]), len(matrix["models"]))


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
