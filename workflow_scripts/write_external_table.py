"""Write the tables of an external set: metrics, decision thresholds, subgroups, and comparisons of cells."""

from selcn.design.datasets import DATASETS
from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs
from selcn.evaluation.failures import failures_of
from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.report.answers.left_out import left_out, pairs_left_out
from selcn.report.tables.data_sets import EXTERNAL_TABLES
from selcn.report.tables.external import absent_classes, external_blocks, external_values
from selcn.report.tables.external_comparisons import external_comparison_blocks, external_comparisons
from selcn.report.tables.external_subgroups import external_subgroup_blocks, subgroup_values
from selcn.report.tables.external_thresholds import threshold_blocks, threshold_values
from selcn.report.tables.notes import failed_models, missing_images
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.storage.artifacts import read_json, read_table


def main(snakemake) -> None:
    inputs, outputs, params, wildcards = snakemake.input, snakemake.output, snakemake.params, snakemake.wildcards
    failed = failures_of(params.cells, inputs.metrics)
    evaluated = zip(params.cells, inputs.metrics, strict=True)
    metrics = {cell: read_json(path) for cell, path in evaluated if cell not in failed}
    values, thresholds, subgroups = external_values(metrics), threshold_values(metrics), subgroup_values(metrics)
    notes = [
        *absent_classes(values),
        *missing_images({wildcards.external: inputs.summary}),
        *failed_models(failed),
        *params.remarks,
        *note_on(environments_of(inputs.metrics)),
    ]
    how = (DATASETS[wildcards.external], wildcards.protocol, notes, params.demo)
    compared = external_comparisons(read_table(inputs.comparisons))
    not_compared = pairs_left_out([*lesion_pairs(params.cells), *oracle_pairs(params.cells)], failed)
    written = {
        "external": (values, external_blocks(values, *how, params.shown)),
        "thresholds": (thresholds, threshold_blocks(thresholds, *how)),
        "subgroups": (subgroups, external_subgroup_blocks(subgroups, *how, params.shown)),
        "comparisons": (compared, external_comparison_blocks(compared, *how, left_out(not_compared, failed))),
    }
    files = zip(EXTERNAL_TABLES, outputs.csv, outputs.md, outputs.html, strict=True)
    for name, csv, markdown, html in files:
        table, blocks = written[name]
        write_text(csv_text(table), csv)
        write_blocks(blocks, markdown, html)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
