"""Write the model card."""

from pathlib import Path

import yaml

from selcn.design.cam_sources import SHAMS, is_oracle
from selcn.design.cells import split_cell
from selcn.design.datasets import DATASETS, EXTERNAL, FURTHER, LESION, ROLES, SEGMENTATION, SYMMETRY, name_of_set
from selcn.evaluation.failures import failure_in
from selcn.jobs.job import job
from selcn.report.run.cards import render
from selcn.report.run.model_card import SUBGROUPS_OF, leakage, outcomes, performance, subgroups, thesis_of, weights_of
from selcn.report.tables.render import write_text
from selcn.storage.artifacts import read_json

TRAINED = (SEGMENTATION, SYMMETRY, LESION)


def main(snakemake) -> None:
    inputs, params = snakemake.input, snakemake.params
    run, citation = read_json(inputs.run), yaml.safe_load(Path(inputs.citation).read_text())
    sources = dict(zip(map(tuple, params.tables), inputs.tables, strict=True))
    reasons = {tuple(key): failure_in(path) for key, path in zip(params.evaluated, inputs.metrics, strict=True)}

    def protocol_of(name: str) -> dict:
        failed = {key[1:]: reason for key, reason in reasons.items() if key[0] == name and reason}
        return {
            "name": name,
            "failed": {
                f"`{model}`, trained on {DATASETS[dataset]}": reason for (dataset, model), reason in failed.items()
            },
            "performance": performance(name, sources, failed),
            "subgroups": subgroups(sources[name, "subgroups"]),
            "outcomes": outcomes(sources[name, "comparisons"]),
            "leakage": leakage(sources[name, "audit"]),
        }

    facts = {
        "run": run,
        "settings": run["configuration"],
        "citation": citation,
        "thesis": thesis_of(citation),
        "cells": params.cells,
        "names": {role: name_of_set(role) for role in ROLES},
        "further": [DATASETS[dataset] for dataset in ROLES[LESION][1:]],
        "tested": list(dict.fromkeys(DATASETS[dataset] for role in TRAINED for dataset in ROLES[role])),
        "external": [DATASETS[dataset] for dataset in ROLES[EXTERNAL]],
        "external_tables": {DATASETS[dataset]: f"external-{dataset}" for dataset in ROLES[FURTHER]},
        "sham_controls": sum(split_cell(cell)[1] in SHAMS for cell in params.cells),
        "oracle_controls": sum(map(is_oracle, params.cells)),
        "weights": weights_of(run["configuration"]),
        "subgroups_of": SUBGROUPS_OF,
        "protocols": [protocol_of(name) for name in run["protocols"]],
    }
    write_text(render(inputs.template, facts), snakemake.output.card)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
