"""Compare every file of the study with its checksum, and set damaged files aside."""

from pathlib import Path

from tqdm import tqdm

from selcn.jobs.job import job
from selcn.jobs.parallel import in_order
from selcn.storage.artifacts import DamagedArtifactError
from selcn.storage.verification import checks, repair


def main(snakemake, log) -> None:
    damaged, lost, items = [], [], list(checks(Path("results"), Path("work")))
    faults = in_order(lambda check: check.fault(), items, snakemake.threads)
    for check, fault in zip(items, tqdm(faults, total=len(items), unit="file", disable=None), strict=True):
        if fault is not None:
            log.error("%s", fault)
            (damaged if check.remade_by else lost).append(check)
    for check in damaged:
        repair(check)
    log.info("%d files compared, %d of them damaged", len(items), len(damaged) + len(lost))
    if lost:
        raise DamagedArtifactError(
            f"{lost[0].path}: {len(lost)} images or masks differ from those indexed; restore them, or run with "
            "--forcerun index_dataset to accept them. Other damaged files were set aside"
        )
    if damaged:
        raise DamagedArtifactError(
            f"{damaged[0].path}: {len(damaged)} damaged files were set aside (renamed to *.damaged); run the command "
            "that made them again to recompute them"
        )


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
