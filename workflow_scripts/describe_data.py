"""Write the data card."""

import pandas as pd

from selcn.data.datasets.sources import HOW_TO_GET
from selcn.data.duplicates.decisions import certain
from selcn.design.datasets import DATASETS, LESION, name_of_set
from selcn.jobs.job import job
from selcn.report.run import data_card
from selcn.report.run.cards import render
from selcn.report.run.terms import TERMS
from selcn.report.tables.render import write_text
from selcn.storage.artifacts import read_json, read_table


def main(snakemake) -> None:
    inputs, params = snakemake.input, snakemake.params
    run, names = read_json(inputs.run), params.datasets
    indices = {name: read_table(path) for name, path in zip(names, inputs.indices, strict=True)}
    summaries = {name: read_json(path) for name, path in zip(names, inputs.summaries, strict=True)}
    lists = {name: pd.read_csv(path) for name, path in zip(names, inputs.rejected, strict=True)}
    pairs = certain(read_table(inputs.pairs))
    tables = {tuple(key): read_table(path) for key, path in zip(params.splits, inputs.splits, strict=True)}
    configuration = run["configuration"]
    facts = {
        "run": run,
        "settings": configuration,
        "datasets": {name: DATASETS[name] for name in names},
        "lesion_set": name_of_set(LESION),
        "balanced": [DATASETS[name] for name in params.balanced],
        "terms": TERMS,
        "composition": data_card.composition(indices, summaries),
        "classes": data_card.classes(indices),
        "patients": data_card.patients(indices),
        "rejected": data_card.rejected(lists),
        "limits": {
            DATASETS[name]: source["limit_per_class"]
            for name, source in configuration["data"].items()
            if source["limit_per_class"]
        },
        "duplicates": data_card.duplicates(pairs, indices),
        "disagreements": data_card.disagreements(pairs, indices, params.same_labels),
        "sources": {DATASETS[name]: HOW_TO_GET[name] for name in names if name in HOW_TO_GET},
        "splits": [
            {"name": protocol, "grid": data_card.splits({name: tables[protocol, name] for name in names})}
            for protocol in run["protocols"]
        ],
        "overlap": data_card.overlap(pd.read_csv(inputs.audit)),
        "checksums": data_card.checksums(run["data"]),
    }
    write_text(render(inputs.template, facts), snakemake.output.card)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
