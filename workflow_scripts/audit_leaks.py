"""Count, for everything that a result rests on, how much of it comes from a model that had seen the image or lesion."""

import pandas as pd

from selcn.evaluation.leakage import DATA_SET, Photographs, audit, overlaps
from selcn.evaluation.model_uses import LeakError, applications
from selcn.jobs.job import job
from selcn.report.tables.leakage import to_markdown
from selcn.storage.artifacts import read_table, replacing


def main(snakemake, log) -> None:
    inputs, params, protocol = snakemake.input, snakemake.params, snakemake.wildcards.protocol
    photographs = Photographs.known(read_table(inputs.groups), read_table(inputs.pairs))
    uses = audit(list(applications(inputs, params)), photographs)
    splits = dict(zip(params.splits, map(read_table, inputs.splits), strict=True))
    shared = audit(overlaps(splits), photographs)
    table = pd.concat([uses, shared])
    with replacing(snakemake.output.csv) as temporary:
        table.to_csv(temporary, index=False)
    with replacing(snakemake.output.md) as temporary:
        temporary.write_text(to_markdown(uses, shared, protocol, params.demo))
    leaked = table[(table["images_leaked"] > 0) & (table["artifact"] != DATA_SET)]
    # In the log, too: Snakemake deletes the table of a job that fails.
    log.info("%d kinds of use, %d of them leak\n%s", len(table), len(leaked), leaked.to_string(index=False))
    if protocol == "leakfree" and len(leaked):
        first = leaked.iloc[0]
        raise LeakError(
            f"the leakfree protocol leaks: of {first.images} images of {first.applied_to}, {first.images_leaked} were "
            f"given to a {first.dataset} model ({first.artifact}) that had seen them, a copy or their lesion. This is "
            "a fault of the workflow: please report it, and do not use the results"
        )


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
