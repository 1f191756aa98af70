"""Write the page of the report, and beside it copies of the tables and figures that it links to."""

import shutil

from selcn.evaluation.failures import failures_of
from selcn.jobs.job import job
from selcn.report.html.page import render
from selcn.report.html.results import Results, read_csv, read_script, read_search, read_splits
from selcn.report.tables.render import write_text
from selcn.storage.artifacts import read_json, read_table, replacing


def main(snakemake) -> None:
    """Read the study's results, write the page, copy what it links to."""
    inputs, params, output = snakemake.input, snakemake.params, snakemake.output
    searches = zip(params.searches, inputs.trials, inputs.importances, strict=True)
    for source, copy in zip(params.copied, output.copies, strict=True):
        with replacing(copy) as temporary:
            shutil.copyfile(source, temporary)
    results = Results(
        protocols=params.protocols,
        demo=params.demo,
        tables=read(read_csv, params.tables, inputs.tables),
        texts=read(read_text, params.texts, inputs.texts),
        failed=failures(params.evaluated, inputs.evaluated),
        summaries=read(read_json, params.datasets, inputs.summaries),
        rejected=read(read_csv, params.datasets, inputs.rejected),
        splits=read(read_splits, params.splits, inputs.splits),
        pairs=read_table(inputs.pairs),
        searches={tuple(search): read_search(*files) for search, *files in searches},
        figures=params.figures,
        links={path.removeprefix("results/"): f"files/{path.removeprefix('results/')}" for path in params.copied},
        galleries=read_script(inputs.galleries) if inputs.galleries else {},
        run=read_json(inputs.run) if inputs.run else {},
        cards=read(read_text, params.cards, inputs.cards),
    )
    write_text(render(results), output.page)


def read(reader, names, paths) -> dict:
    """Return what a reader makes of each file, by what it is of."""
    keys = [tuple(name) if not isinstance(name, str) else name for name in names]
    return {key: reader(path) for key, path in zip(keys, paths, strict=True)}


def read_text(path: str) -> str:
    """Return a file's text."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def failures(evaluated, paths) -> dict[tuple[str, str], dict[str, str]]:
    """Return the failed models of each table, with the reasons."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for (protocol, table, model), path in zip(evaluated, paths, strict=True):
        found.setdefault((protocol, table), {}).update(failures_of([model], [path]))
    return found


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
