"""Select the symmetry network's backbone by mean balanced accuracy on validation images."""

from selcn.jobs.job import job
from selcn.storage.artifacts import write_json
from selcn.training.model_selection import balanced_accuracies, best_backbone

with job(snakemake) as log:  # noqa: F821
    folds: dict[str, list[str]] = {}
    for network, path in zip(snakemake.params.networks, snakemake.input.predictions, strict=True):  # noqa: F821
        folds.setdefault(network.model, []).append(path)
    accuracies = balanced_accuracies(folds)
    backbone = best_backbone(accuracies)
    log.info("validation balanced accuracy %s: %s", accuracies, backbone)
    write_json({"backbone": backbone}, snakemake.output.selected)  # noqa: F821
