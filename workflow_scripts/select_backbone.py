"""Select the symmetry network's backbone by mean balanced accuracy on validation images."""

from pathlib import Path

from selcn.jobs.job import job
from selcn.storage.artifacts import write_json
from selcn.training.model_selection import balanced_accuracies, best_backbone

with job(snakemake) as log:  # noqa: F821
    folds: dict[str, list[str]] = {}
    for path in snakemake.input.predictions:  # noqa: F821
        folds.setdefault(Path(path).parts[-4], []).append(path)
    accuracies = balanced_accuracies(folds)
    backbone = best_backbone(accuracies)
    log.info("validation balanced accuracy %s: %s", accuracies, backbone)
    write_json({"backbone": backbone}, snakemake.output.selected)  # noqa: F821
