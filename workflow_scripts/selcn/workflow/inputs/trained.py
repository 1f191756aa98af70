"""The trained networks of a study, and the files beside each. Paths keep `{protocol}`."""

from collections.abc import Iterable

from selcn.design.trained_networks import TrainedNetwork
from selcn.workflow.paths import fill
from selcn.workflow.study import Study

_FOLDERS = {
    "segmentation": "results/{protocol}/segmentation/{model}/fold-{fold}",
    "backbone": "results/{protocol}/backbones/{model}/fold-{fold}",
    "symmetry": "results/{protocol}/symmetry/{model}/fold-{fold}",
    "lesion": "results/{protocol}/lesion/{dataset}/{model}/seed-{seed}/fold-{fold}",
}


def folder_of(network: TrainedNetwork) -> str:
    """Return the folder of a network."""
    return fill(_FOLDERS[network.stage], network._asdict())


def file_of(network: TrainedNetwork, name: str) -> str:
    """Return the path of a file beside a network."""
    return f"{folder_of(network)}/{name}"


def files_of(networks: Iterable[TrainedNetwork], name: str) -> list[str]:
    """Return the path of a file beside each network, in their order."""
    return [file_of(network, name) for network in networks]


def segmentation_networks(study: Study, protocol: str) -> list[TrainedNetwork]:
    """Return the segmentation networks of a protocol: every fold of each architecture."""
    folds = study.segmentation_folds[protocol]
    return [
        TrainedNetwork("segmentation", study.segmentation_set, architecture, fold)
        for architecture in study.architectures
        for fold in folds
    ]


def backbone_networks(study: Study) -> list[TrainedNetwork]:
    """Return the networks that backbones are compared by: every fold of each."""
    return _of_symmetry_set(study, "backbone", study.backbones)


def symmetry_networks(study: Study, models: Iterable[str]) -> list[TrainedNetwork]:
    """Return every fold of some symmetry models."""
    return _of_symmetry_set(study, "symmetry", models)


def _of_symmetry_set(study: Study, stage: str, models: Iterable[str]) -> list[TrainedNetwork]:
    folds = study.folds["symmetry"]
    return [TrainedNetwork(stage, study.symmetry_set, model, fold) for model in models for fold in folds]


def lesion_networks(study: Study, cells: Iterable[str], dataset: str | None = None) -> list[TrainedNetwork]:
    """Return every seed and fold of some ablation cells, cell by cell and seed by seed.

    Parameters
    ----------
    dataset
        Their data set; None: the first, whose cells are compared.
    """
    dataset = dataset or study.lesion_set
    return [
        TrainedNetwork("lesion", dataset, cell, fold, seed)
        for cell in cells
        for seed in study.seeds_of(dataset, cell)
        for fold in study.folds["lesion"]
    ]
