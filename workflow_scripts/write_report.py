"""Write the page of the report, and beside it copies of the tables and figures that it links to."""

import pandas as pd

from selcn.data.duplicates.decisions import certain
from selcn.data.duplicates.groups import unrevealed
from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.charts.amounts import hours
from selcn.report.html.copies import copy_all
from selcn.report.html.page import render
from selcn.report.html.results import (
    Results,
    read_charts,
    read_csv,
    read_each,
    read_script,
    read_search,
    read_splits,
    read_text,
)
from selcn.report.tables.render import write_text
from selcn.storage.artifacts import read_json, read_table


def main(snakemake) -> None:
    """Read the study's results, write the page, copy what it links to."""
    inputs, params, output = snakemake.input, snakemake.params, snakemake.output
    searches = zip(params.searches, inputs.trials, inputs.importances, strict=True)
    run = read_json(inputs.run)
    pairs, indices = (
        certain(read_table(inputs.pairs)),
        dict(zip(params.datasets, map(read_table, inputs.indices), strict=True)),
    )
    stages = pd.DataFrame(run["stages"])
    results = Results(
        protocols=params.protocols,
        demo=params.demo,
        tables=read_each(read_csv, params.tables, inputs.tables),
        texts=read_each(read_text, params.texts, inputs.texts),
        failed=failures(params.evaluated, inputs.evaluated),
        summaries=read_each(read_json, params.datasets, inputs.summaries),
        rejected=read_each(read_csv, params.datasets, inputs.rejected),
        splits=read_each(read_splits, params.splits, inputs.splits),
        pairs=pairs,
        hidden=unrevealed(pairs, indices),
        detection=pd.read_csv(inputs.detection),
        searches={tuple(search): read_search(*files) for search, *files in searches},
        figures=read_each(
            lambda path: read_text(path) if path.endswith(".svg") else "", params.figures, inputs.figures
        ),
        links=copy_all(params.copied, output.copies, params.files),
        selected={
            protocol: read_json(path)["architecture"] + ("-ensemble" if protocol in params.ensembles else "")
            for protocol, path in zip(params.protocols, inputs.selected, strict=True)
        },
        galleries=read_script(inputs.galleries),
        run=run,
        cards=read_each(read_text, params.cards, inputs.cards),
        charts=read_charts(inputs.charts) | {"run": [hours(stages)] if len(stages) else []},
    )
    write_text(render(results), output.page)


def failures(evaluated, paths) -> dict[tuple[str, str], dict[str, str]]:
    """Return the failed models of each table, with the reasons."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for (protocol, table, model), path in zip(evaluated, paths, strict=True):
        found.setdefault((protocol, table), {}).update(failures_of([model], [path]))
    return found


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
