"""Evaluate one lesion cell on an external set."""

from selcn.evaluation.cross_validation import tables_of
from selcn.evaluation.external import (
    ExternalSettings,
    metrics_of_external,
    metrics_of_unseen,
    subsets_of,
    unseen_by_all,
)
from selcn.evaluation.failures import FAILED, failure_in
from selcn.evaluation.subgroups import patients_of
from selcn.jobs.job import job
from selcn.jobs.resumable import as_list
from selcn.storage.artifacts import read_table, write_json


def main(snakemake, log) -> None:
    inputs, external = snakemake.input, snakemake.wildcards.external
    failed = failure_in(inputs.metrics)
    if failed:
        log.warning("failed: %s", failed)
        write_json({FAILED: failed}, snakemake.output.metrics)
        return
    tables, groups = tables_of(inputs, ("validation", "external")), read_table(inputs.groups)
    trained = [read_table(path)["image_id"] for path in as_list(inputs.training_ids)]
    divided = [subsets_of(table, groups, external, ids) for table, ids in zip(tables["external"], trained, strict=True)]
    metrics = metrics_of_external(tables["validation"], divided)
    unseen = unseen_by_all(tables["external"], groups, external, trained)
    metrics["images"]["unseen_by_all"] = len(unseen[0])
    patients = patients_of(read_table(inputs.index), groups, external)
    # An estimate counts only where no skin type is given.
    for path in [] if "skin_type" in patients else as_list(inputs.skin):
        patients = patients.merge(read_table(path)[["image_id", "skin_tone"]], on="image_id")
    settings = ExternalSettings(**snakemake.params.settings)
    metrics |= metrics_of_unseen(tables["validation"], unseen, patients, settings)
    log.info("images by subset: %s", metrics["images"])
    write_json(metrics, snakemake.output.metrics)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
