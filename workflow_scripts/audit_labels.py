"""Rank doubtful labels by every kind of evidence, and recompute metrics as if the worst of them were wrong."""

import pandas as pd

from selcn.design.datasets import LESION, set_of
from selcn.evaluation.failures import failures_of
from selcn.evaluation.label_audit.audit import StudyLabels, rankings
from selcn.evaluation.label_audit.costs import costs, worst_labels
from selcn.evaluation.label_audit.ranking import doubtful
from selcn.evaluation.runs import runs_of
from selcn.jobs.job import job
from selcn.report.tables.label_audit import audit_blocks
from selcn.report.tables.label_costs import cost_blocks
from selcn.report.tables.render import csv_text, write_blocks, write_text
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    inputs, outputs, params, protocol = (
        snakemake.input,
        snakemake.output,
        snakemake.params,
        snakemake.wildcards.protocol,
    )
    failed = failures_of(map(tuple, params.metrics), inputs.metrics)
    ranking = rankings(StudyLabels.open(inputs, params, failed), params.neighbours, params.same_labels)
    write_table(ranking, outputs.ranking)
    listed = doubtful(ranking)
    write_text(csv_text(ranking[ranking.index.isin(listed.index) | (ranking["evidence"] != "")]), outputs.csv)
    write_blocks(audit_blocks(ranking, protocol, params), outputs.md, outputs.html)
    log.info("%d of %d labels are doubtful", len(listed), len(ranking))

    cells = {
        cell: [read_table(path) for path in runs.values()]
        for cell, runs in runs_of(params.tested, inputs.tested).items()
        if (set_of(LESION), cell) not in failed
    }
    of_lesion_set = ranking[ranking["dataset"] == set_of(LESION)]
    tested = next(iter(cells.values()))[0]["image_id"] if cells else pd.Series(dtype="str")
    worst = worst_labels(of_lesion_set, tested, params.worst)
    sizes = {"images": len(tested), "worst": len(worst)}
    columns = ["cell", "metric", "labels", "value", "difference", *sizes]
    parts = [costs(tables, worst).assign(cell=cell, **sizes)[columns] for cell, tables in cells.items()]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    write_text(csv_text(table), outputs.costs_csv)
    write_blocks(cost_blocks(table, worst, protocol, params.demo), outputs.costs_md, outputs.costs_html)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
