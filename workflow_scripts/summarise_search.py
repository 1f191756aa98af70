"""Summarise a search: table of trials, best trial, and hyper-parameter importances."""

import yaml

from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, replacing, write_json
from selcn.training.search.summary import best_of, gather_trials, importances


def main(snakemake, log) -> None:
    trials = gather_trials([read_table(path) for path in snakemake.input.trials], snakemake.params.trials)
    best = best_of(trials, sorted(snakemake.params.space))
    log.info("trial %d of %d is the best: %.4f with %s", best["trial"], len(trials), best["value"], best["values"])
    with replacing(snakemake.output.trials) as temporary:
        trials.to_csv(temporary, index=False)
    with replacing(snakemake.output.best) as temporary:
        temporary.write_text(yaml.safe_dump(best, sort_keys=False))
    write_json(importances(trials, snakemake.params.space), snakemake.output.importances)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
