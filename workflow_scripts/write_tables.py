"""Write a stage's tables as CSV, Markdown and HTML: our values, the thesis's and the difference."""

from selcn.jobs.environment_record import environments_of, note_on
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.report.tables.build import build_table
from selcn.report.tables.render import write_files


def main(snakemake) -> None:
    """Read the evaluations, set them beside the thesis's values, write the files of each table."""
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    files = zip(*(as_list(outputs[kind]) for kind in ("csv", "md", "html")), strict=True)
    for number, paths in zip(params.tables, files, strict=True):
        metrics = dict(zip(params.models[number], as_list(inputs[f"metrics_{number}"]), strict=True))
        summaries = zip(params.datasets[number], as_list(inputs[f"summaries_{number}"]), strict=True)
        table = build_table(
            number=number,
            protocol=snakemake.wildcards.protocol,
            metrics=metrics,
            thesis=inputs[f"thesis_{number}"] or None,
            summaries=dict(summaries),
            masks=dict(zip(params.masked[number], as_list(inputs[f"masks_{number}"]), strict=True)),
            remarks=[*params.remarks, *note_on(environments_of(metrics.values()))],
            demo=params.demo,
        )
        write_files(table, *paths)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
