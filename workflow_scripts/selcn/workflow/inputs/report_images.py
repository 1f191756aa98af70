"""Input functions for the images of the report: galleries, predictions behind confusion matrices, and sheets."""

from collections.abc import Sequence
from dataclasses import dataclass

from selcn.design.cam_sources import is_oracle
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.report.viewer_data.subsets import Subset, files_of_dataset, model_of, subsets_of
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import prefixed
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.trained import (
    file_of,
    files_of,
    lesion_networks,
    segmentation_networks,
    symmetry_networks,
)
from selcn.workflow.paths import Files, expand, fill, with_wildcards
from selcn.workflow.study import Study

_MODELS = {
    "lesion": "results/{protocol}/lesion/{dataset}/{model}",
    "symmetry": "results/{protocol}/symmetry/{model}",
}


@dataclass(frozen=True)
class ReportImageInputs:
    """Input functions for the images of the report of one study.

    Rules that are of no protocol have the files of all: their names begin with the protocol's. What the files of a list
    are of, parameters say in the same order; it is the same in every protocol. A model is all networks of a cell or
    symmetry model together. Oracle controls are left out: being given the label, they say nothing about an image.
    """

    results: ResultInputs

    @property
    def images(self) -> ImageInputs:
        """Input functions for images."""
        return self.results.images

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.images.study

    # What the files are of.

    @property
    def networks(self) -> list[TrainedNetwork]:
        """The networks whose predictions are shown: those of all ablation cells and of table 6."""
        lesion = [
            net for dataset in self.study.cells_of for net in lesion_networks(self.study, self.cells(dataset), dataset)
        ]
        return [*lesion, *symmetry_networks(self.study, self.study.symmetry_models)]

    def cells(self, dataset: str) -> list[str]:
        """Return the ablation cells of a data set whose images are shown."""
        return [cell for cell in self.study.cells_of[dataset] if not is_oracle(cell)]

    def networks_of(self, dataset: str) -> list[TrainedNetwork]:
        """Return those of these networks that predict a data set."""
        subset = files_of_dataset(dataset, self.study.roles, self.study.names)[0]
        return [net for net in self.networks if subset.predicted_by(net)]

    @property
    def symmetry_models(self) -> list[TrainedNetwork]:
        """The symmetry models whose CAMs are shown."""
        return [TrainedNetwork("symmetry", self.study.symmetry_set, mask, ALL_FOLDS) for mask in self.study.masks]

    def cells_with_cams(self, dataset: str) -> list[TrainedNetwork]:
        """Return the ablation cells that have CAMs of a data set's images."""
        cells = self.cells(self.study.lesion_set) if dataset == self.study.segmentation_set else []
        return [TrainedNetwork("lesion", self.study.lesion_set, cell, ALL_FOLDS) for cell in cells]

    @property
    def localised(self) -> list[TrainedNetwork]:
        """The models whose CAMs are compared with true masks."""
        return [*self.symmetry_models, *self.cells_with_cams(self.study.segmentation_set)]

    def models_of_sheets(self, dataset: str) -> list[TrainedNetwork]:
        """Return the models whose predictions or CAMs are on the sheets of a data set."""
        predicting = map(model_of, self.networks_of(dataset))
        return list(dict.fromkeys([*predicting, *self.symmetry_models, *self.cells_with_cams(dataset)]))

    @property
    def subsets(self) -> list[Subset]:
        """The confusion matrices."""
        return subsets_of(self.study.roles, self.study.names)

    @staticmethod
    def predicted(networks: Sequence[TrainedNetwork], subsets: Sequence[Subset]) -> list[tuple[TrainedNetwork, str]]:
        """Return each network with each of its files of predictions of some subsets."""
        return [
            (network, file)
            for network in networks
            for file in dict.fromkeys(subset.file for subset in subsets if subset.predicted_by(network))
        ]

    # Parameters and files of the rules.

    def predictions_shown(self) -> dict:
        """Return what the files of all predictions are of."""
        models = list(dict.fromkeys(map(model_of, self.networks)))
        return self._predictions_shown(self.networks, models, self.subsets)

    def sheets_shown(self, wildcards) -> dict:
        """Return what the files of a data set's sheets are of."""
        dataset = wildcards.dataset
        # Of its images alone: else each further data set would be an input of the sheets of all others.
        subsets = files_of_dataset(dataset, self.study.roles, self.study.names)
        return self._predictions_shown(self.networks_of(dataset), self.models_of_sheets(dataset), subsets) | {
            "cam_models": self.symmetry_models,
            "cells": self.cells_with_cams(dataset),
        }

    def _predictions_shown(
        self, networks: list[TrainedNetwork], models: list[TrainedNetwork], subsets: Sequence[Subset]
    ) -> dict:
        return {"models": models, "networks": networks, "predictions": self.predicted(networks, subsets)}

    def matrices(self, wildcards) -> Files:
        """Return the predictions of one protocol."""
        return with_wildcards(_files_shown(self.predictions_shown()), wildcards)

    def galleries(self) -> Files:
        """Return what galleries are made from, of all protocols."""
        files: Files = {
            **_files_shown(self.predictions_shown()),
            **self.images.masks_for("seg", self.study.segmentation_set),
            "labels": "results/{protocol}/labels/ranking.parquet",
            "localisation": _of_models(self.localised, "localisation.parquet"),
            "selected": "results/{protocol}/segmentation/selected.json",
            "splits": f"results/{{protocol}}/splits/{self.study.segmentation_set}.parquet",
            "training_ids": files_of(self.networks, "training_ids.parquet"),
        }
        return self._of_protocols(dict.fromkeys(self.study.protocols, files))

    def sheets(self, wildcards) -> Files:
        """Return what a data set's sheets are made from, of all protocols."""
        shown = self.sheets_shown(wildcards)
        return self._of_protocols(
            {protocol: self._sheets(protocol, wildcards.dataset, shown) for protocol in self.study.protocols}
        )

    def _sheets(self, protocol: str, dataset: str, shown: dict) -> Files:
        first = shown["networks"][0]
        # All models of a stage are trained on the same images, whatever their seed.
        trained_on = {
            "segmentation": [
                net for net in segmentation_networks(self.study, protocol) if net.model == self._architecture
            ],
            "symmetry": symmetry_networks(self.study, self.study.masks[:1]),
            "predicting": [net for net in shown["networks"] if net._replace(fold=first.fold) == first],
        }
        return {
            **_files_shown(shown),
            **{f"{stage}_trained": files_of(nets, "training_ids.parquet") for stage, nets in trained_on.items()},
            "cams": expand(f"results/{{protocol}}/cams/{dataset}/{{mask}}/cams.parquet", mask=self.study.masks),
            "lesion_cams": _of_models(shown["cells"], "cams.parquet"),
            "mask_rows": f"results/{{protocol}}/masks/{dataset}/manifest.parquet",
            "splits": expand("results/{protocol}/splits/{dataset}.parquet", dataset=self.study.datasets),
        }

    @property
    def _architecture(self) -> str:
        return self.study.architectures[0]

    def _of_protocols(self, files: dict[str, Files]) -> Files:
        named: Files = {}
        for protocol, of_protocol in files.items():
            named |= prefixed(protocol, {name: _filled(paths, protocol) for name, paths in of_protocol.items()})
        return named


def _files_shown(shown: dict) -> Files:
    """Return the files of the networks and models that parameters list."""
    return {
        "metrics": _of_models(shown["models"], "metrics.json"),
        "predictions": [file_of(network, f"predictions/{file}.parquet") for network, file in shown["predictions"]],
    }


def _of_models(models: Sequence[TrainedNetwork], name: str) -> list[str]:
    return [f"{fill(_MODELS[model.stage], model._asdict())}/{name}" for model in models]


def _filled(paths: str | list[str], protocol: str) -> str | list[str]:
    return fill(paths, {"protocol": protocol}) if isinstance(paths, str) else expand(paths, protocol=protocol)
