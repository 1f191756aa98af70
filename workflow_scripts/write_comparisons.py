"""Write the comparisons of cells as CSV and as Markdown, and what they answer to the thesis's questions."""

import pandas as pd

from selcn.jobs.job import job
from selcn.report.answers.sentences import answers
from selcn.report.tables.comparisons import LOCALISATION, PREDICTIONS, answers_text, comparisons_text
from selcn.report.tables.render import csv_text, write_text
from selcn.storage.artifacts import read_table


def main(snakemake) -> None:
    inputs, output = snakemake.input, snakemake.output
    tables = {name: read_table(inputs[name]) for name in (PREDICTIONS, LOCALISATION)}
    table = pd.concat(
        [rows.assign(measured=name)[["measured", *rows.columns]] for name, rows in tables.items()], ignore_index=True
    )
    how = (snakemake.wildcards.protocol, list(snakemake.params.remarks), snakemake.params.demo)
    write_text(csv_text(table), output.csv)
    write_text(comparisons_text(table, *how), output.md)
    write_text(answers_text(answers(**tables), *how), output.answers)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
