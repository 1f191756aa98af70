"""Input functions for the label audit."""

from dataclasses import dataclass

from selcn.design.cam_sources import SYMMETRY_MODELS
from selcn.design.trained_networks import TrainedNetwork
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.trained import file_of, files_of, lesion_networks
from selcn.workflow.paths import Files
from selcn.workflow.study import Study


@dataclass(frozen=True)
class LabelInputs:
    """Input functions for the label audit of one study.

    Networks are those of the thesis's cells and symmetry models: a sham control may be given what tells the label.
    """

    results: ResultInputs

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.results.study

    def predicted(self) -> list[tuple[str, TrainedNetwork, str]]:
        """Return the data set of every file of predictions, its network and its name."""
        return [
            (subset if subset in self.study.datasets else network.dataset, network, subset)
            for network, subset in self.results.predicted_subsets()
            if network.model in {"symmetry": SYMMETRY_MODELS, "lesion": self.study.thesis_cells}.get(network.stage, ())
        ]

    def evaluated(self) -> list[tuple[str, str]]:
        """Return the data set and name of each model of these networks."""
        return list(dict.fromkeys((network.dataset, network.model) for _, network, _ in self.predicted()))

    @property
    def same_labels(self) -> list[list[str]]:
        """Groups of data sets whose labels have the same meaning: those of the classes of the first lesion networks."""
        study = self.study
        alone = [study.symmetry_set, *study.roles["lesion"][1:]]
        alone += [study.segmentation_set] if study.segmentation_set not in study.cells_of else []
        return [[study.lesion_set, *study.external_sets], *([dataset] for dataset in alone)]

    def tested(self) -> list[TrainedNetwork]:
        """Return the networks whose metrics are computed with other labels: the cells that are compared."""
        return lesion_networks(self.study, self.study.thesis_cells)

    def encoded(self) -> list[str]:
        """Return the data sets whose images have features of a frozen encoder."""
        return self.study.encoded_sets

    def files(self) -> Files:
        """Return the predictions, the ids that networks were trained on, metrics, and features."""
        predicted = self.predicted()
        networks = [network for _, network, _ in predicted]
        folders = [f"results/{{protocol}}/features/{dataset}/none" for dataset in self.encoded()]
        return {
            "predictions": [file_of(network, f"predictions/{subset}.parquet") for _, network, subset in predicted],
            "trained": files_of(networks, "training_ids.parquet"),
            "tested": files_of(self.tested(), "predictions/test.parquet"),
            "metrics": [
                f"results/{{protocol}}/lesion/{dataset}/{model}/metrics.json"
                if dataset in self.study.cells_of
                else f"results/{{protocol}}/symmetry/{model}/metrics.json"
                for dataset, model in self.evaluated()
            ],
            "features": [f"{folder}/features.npy" for folder in folders],
            "features_rows": [f"{folder}/manifest.parquet" for folder in folders],
        }
