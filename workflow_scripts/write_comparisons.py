"""Write the comparisons of cells as CSV, Markdown and HTML, and the answers to the research questions."""

from pathlib import Path

import pandas as pd

from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs, symmetry_pairs
from selcn.evaluation.failures import failures_of
from selcn.jobs.environment_record import environments_below, note_on
from selcn.jobs.job import job
from selcn.report.answers.left_out import left_out, pairs_left_out
from selcn.report.answers.sentences import answers
from selcn.report.tables.comparisons import LOCALISATION, PREDICTIONS, answer_blocks, comparison_blocks
from selcn.report.tables.notes import empty_masks
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.storage.artifacts import read_table


def main(snakemake) -> None:
    inputs, output = snakemake.input, snakemake.output
    tables = {name: read_table(inputs[name]) for name in (PREDICTIONS, LOCALISATION)}
    table = pd.concat(
        [rows.assign(measured=name)[["measured", *rows.columns]] for name, rows in tables.items()], ignore_index=True
    )
    protocol, params = snakemake.wildcards.protocol, snakemake.params
    made_in = environments_below(*(Path("results") / protocol / stage for stage in ("symmetry", "lesion")))
    masks = dict(zip(params.masked, inputs.masks, strict=True))
    how = (protocol, [*params.remarks, *empty_masks(masks), *note_on(made_in)], params.demo)
    write_text(csv_text(table), output.csv)
    failed = failures_of(params.evaluated, inputs.metrics)
    pairs = [*lesion_pairs(params.cells), *symmetry_pairs(params.symmetry_models), *oracle_pairs(params.cells)]
    not_compared = pairs_left_out(pairs, failed)
    write_blocks(comparison_blocks(table, *how, left_out(not_compared, failed)), output.md, output.html)
    paragraphs = answers(**tables, not_compared=not_compared, failed=failed)
    write_blocks(answer_blocks(paragraphs, *how), output.answers, output.answers_html)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
