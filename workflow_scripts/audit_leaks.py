"""Audit data leakage: for each use of a model, count the images, copies, lesions and patients it was trained on."""

import pandas as pd

from selcn.data.duplicates.decisions import copies
from selcn.data.splits.patient_groups import read_patient_indices
from selcn.evaluation.leakage import ImageRelations, audit, leaking, overlaps, sharing_patients
from selcn.evaluation.model_uses import LeakError, applications, without_sources
from selcn.jobs.job import job
from selcn.report.tables.duplicate_detection import recall_sentence
from selcn.report.tables.leakage import audit_blocks
from selcn.report.tables.render import write_blocks
from selcn.storage.artifacts import read_table, replacing


def main(snakemake, log) -> None:
    inputs, params, protocol = snakemake.input, snakemake.params, snakemake.wildcards.protocol
    patients = read_patient_indices(inputs, params.patients)
    relations = ImageRelations.of(read_table(inputs.groups), copies(read_table(inputs.pairs)), patients)
    without = without_sources(inputs.source_predictions, inputs.source_trained, params.lesion_set)
    uses = audit([*applications(inputs, params), *without], relations)
    splits, searched = (
        dict(zip(datasets, map(read_table, paths), strict=True))
        for datasets, paths in ((params.splits, inputs.splits), (params.searched, inputs.searched))
    )
    shared = audit(overlaps(splits, searched), relations)
    table = pd.concat([uses, shared])
    with replacing(snakemake.output.csv) as temporary:
        table.to_csv(temporary, index=False)
    recall = recall_sentence(pd.read_csv(inputs.detection))
    write_blocks(audit_blocks(uses, shared, protocol, recall, params.demo), snakemake.output.md, snakemake.output.html)
    leaked = leaking(table)
    # In the log, too: Snakemake deletes the table of a job that fails.
    log.info(
        "%d artifact and data-set combinations audited, %d with leakage\n%s",
        len(table),
        len(leaked),
        leaked.to_string(index=False),
    )
    if protocol == "leakfree" and len(leaked):
        first = leaked.iloc[0]
        raise LeakError(
            f"leakage in the leakfree protocol: of {first.images} images of {first.applied_to}, {first.images_leaked} "
            f"were given to a {first.dataset} model ({first.artifact}) trained on them, a copy or their lesion. "
            "This is an error in the workflow: please report it, and do not use the results"
        )
    if protocol == "leakfree" and params.by == "patient" and len(sharing := sharing_patients(table)):
        first = sharing.iloc[0]
        raise LeakError(
            f"leakage in the leakfree protocol: {first.patient} uses of {first.dataset} models ({first.artifact}) on "
            f"{first.applied_to} share a patient with their training, though split.by is patient. This is an error in "
            "the workflow: please report it, and do not use the results"
        )


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
