"""Input functions for evaluation, comparisons, tables, figures and the leakage audit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from selcn.design.cam_sources import symmetry_model_of
from selcn.design.cells import split_cell
from selcn.design.trained_networks import TrainedNetwork
from selcn.report.tables.backbones import note_on_random_weights
from selcn.report.tables.data_sets import is_of_thesis
from selcn.report.tables.specs import SPECS, ensemble_note, search_notes
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.trained import (
    backbone_networks,
    file_of,
    files_of,
    folder_of,
    lesion_networks,
    symmetry_networks,
)
from selcn.workflow.paths import Files, fill, filled, with_wildcards
from selcn.workflow.study import Study


@dataclass(frozen=True)
class ResultInputs:
    """Input functions for what is made of a study's predictions and CAMs.

    Functions of `wildcards` are given to rules as they are; the others return paths, in which `{protocol}` stays.
    """

    networks: NetworkInputs

    @property
    def images(self) -> ImageInputs:
        """Input functions for images."""
        return self.networks.images

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.images.study

    @property
    def config(self) -> Mapping:
        """The configuration."""
        return self.study.config

    # One lesion cell.

    def predictions_of_cell(self, wildcards) -> Files:
        """Return all predictions of a lesion cell's networks, named after their subset."""
        subsets = ("validation", "test", self.test_set_of_cell(wildcards))
        return {subset: self._of_cell(f"predictions/{subset}.parquet", wildcards) for subset in subsets}

    def test_set_of_cell(self, wildcards) -> str:
        """Return the further test set of a lesion cell."""
        return self.study.test_sets[wildcards.lesion_dataset]

    def external_subsets(self, wildcards) -> Files:
        """Return what the subsets of an external set are made of, for cells whose networks predict it."""
        testset = self.test_set_of_cell(wildcards)
        if testset not in self.study.external_sets:
            return {}
        splits = f"results/{wildcards.protocol}/splits/{testset}.parquet"
        return {f"{testset}_splits": splits, "training_ids": self._of_cell("training_ids.parquet", wildcards)}

    def cams_of_first_seed(self, wildcards) -> str:
        """Return the CAMs of a lesion cell's first seed: a cell has one network's, chosen among its folds."""
        seed = self.study.seeds_of(wildcards.lesion_dataset, wildcards.cell)[0]
        return (
            f"results/{wildcards.protocol}/lesion/{wildcards.lesion_dataset}/{wildcards.cell}/seed-{seed}/cams.parquet"
        )

    def networks_of_cell(self, wildcards) -> list[TrainedNetwork]:
        """Return the networks of a lesion cell, in the order of its predictions."""
        return lesion_networks(self.study, [wildcards.cell], wildcards.lesion_dataset)

    @staticmethod
    def source_of_cell(wildcards) -> str:
        """Return the symmetry model whose CAMs a lesion cell is given; empty where they are no network's."""
        return symmetry_model_of(split_cell(wildcards.cell)[1]) or ""

    def metrics_of_source(self, wildcards) -> str | list:
        """Return the metrics of that symmetry model."""
        model = self.source_of_cell(wildcards)
        return f"results/{wildcards.protocol}/symmetry/{model}/metrics.json" if model else []

    def skin_of(self, wildcards) -> str | list:
        """Return the estimated skin tones of an external set; none where its table has the skin types."""
        known = "skin_type" in self.study.declarations[wildcards.external].table.get("columns", {})
        return [] if known else f"results/{wildcards.protocol}/skin/{wildcards.external}.parquet"

    @property
    def external_settings(self) -> dict:
        """Return how external sets are evaluated."""
        compared = self.config["comparisons"]
        sensitivities = self.config["external"]["sensitivities"]
        return {"sensitivities": sensitivities, "resamples": compared["draws"], "seed": compared["seed"]}

    def skin_images(self, wildcards) -> Files:
        """Return the packed images of an external set and their predicted masks."""
        masks = with_wildcards(self.images.masks_for("seg", wildcards.external), wildcards)
        return self.images.packed(wildcards.external) | masks

    def _of_cell(self, name: str, wildcards) -> list[str]:
        return filled(files_of(self.networks_of_cell(wildcards), name), wildcards)

    # All cells.

    def first_histories(self) -> list[str]:
        """Return the history of each cell's first seed and fold."""
        return [file_of(self._first_of(cell), "history.csv") for cell in self.study.thesis_cells]

    def _first_of(self, cell: str, dataset: str | None = None) -> TrainedNetwork:
        return lesion_networks(self.study, [cell], dataset)[0]

    # Leakage audit: files, and in the same order what each is of.

    def trained_networks(self, wildcards) -> list[TrainedNetwork]:
        """Return every network of the cascade."""
        return [*self.networks.segmentation_networks(wildcards), *self._of_symmetry(), *self._of_lesions()]

    def training_ids(self, wildcards) -> list[str]:
        """Return the ids that every network of the cascade was trained on."""
        return filled(files_of(self.trained_networks(wildcards), "training_ids.parquet"), wildcards)

    def histories(self, wildcards) -> list[str]:
        """Return the training history of every network of the cascade."""
        return filled(files_of(self.trained_networks(wildcards), "history.csv"), wildcards)

    @property
    def epoch_limits(self) -> dict[str, tuple[int, int, str]]:
        """Limit of epochs, patience and schedule of the networks of each stage; backbones are symmetry networks."""
        sections = {name: name for name in ("segmentation", "symmetry", "lesion")} | {"backbone": "symmetry"}
        trainings = {stage: self.config[section]["training"] for stage, section in sections.items()}
        return {stage: (of["epochs"], of["patience"], of["schedule"]) for stage, of in trainings.items()}

    def trained_folders(self, wildcards) -> list[str]:
        """Return the folder of every network of the cascade, below that of its protocol."""
        return [folder_of(network).removeprefix("results/{protocol}/") for network in self.trained_networks(wildcards)]

    def predicted_subsets(self) -> list[tuple[TrainedNetwork, str]]:
        """Return the symmetry and lesion networks, each with the subsets that it predicts."""
        subsets = ("validation", "test")
        return (
            [(network, subset) for network in self._of_symmetry() for subset in subsets]
            + [
                (network, subset)
                for dataset, cells in self.study.cells_of.items()
                for subset in (*subsets, self.study.test_sets[dataset])
                for network in lesion_networks(self.study, cells, dataset)
            ]
            + [
                (network, subset)
                for subset in self.study.further_sets
                for network in lesion_networks(self.study, self.study.cells)
            ]
        )

    def source_files(self, name: str) -> Callable:
        """Return the input function of a file of every cell that is trained without sources; only leakfree has any."""

        def files(wildcards) -> list[str]:
            cells = self.study.source_cells if wildcards.protocol == "leakfree" else []
            folder = f"results/leakfree/lesion/{self.study.lesion_set}"
            return [f"{folder}/{cell}/sources/{name}" for cell in cells]

        return files

    def all_predictions(self) -> list[str]:
        """Return all predictions of symmetry and lesion networks."""
        return [file_of(network, f"predictions/{subset}.parquet") for network, subset in self.predicted_subsets()]

    def networks_of_lesion_cams(self) -> list[TrainedNetwork]:
        """Return the first network of every lesion cell: CAMs are of the first seed, of one or more of its folds."""
        return [self._first_of(cell, dataset) for dataset, cells in self.study.cells_of.items() for cell in cells]

    def lesion_cams(self) -> list[str]:
        """Return the CAMs of every lesion cell of every data set."""
        pattern = "results/{protocol}/lesion/{dataset}/{model}/cams.parquet"
        return [fill(pattern, network._asdict()) for network in self.networks_of_lesion_cams()]

    def symmetry_cams(self) -> list[str]:
        """Return the CAMs and sham controls that the E-Layer is given, in the order of `Study.cams`."""
        return [f"results/{{protocol}}/cams/{dataset}/{source}/cams.parquet" for dataset, source in self.study.cams]

    def search_splits(self, wildcards) -> list[str]:
        """Return the split tables of the searches whose hyper-parameters a protocol uses, by data set."""
        protocol = self.study.search.protocol_of(wildcards.protocol)
        return [f"results/{protocol}/splits/{dataset}.parquet" for dataset in self.study.search.datasets]

    def _of_symmetry(self) -> list[TrainedNetwork]:
        return [*symmetry_networks(self.study, self.study.models_like_symmetry), *backbone_networks(self.study)]

    def _of_lesions(self) -> list[TrainedNetwork]:
        cells_of = self.study.cells_of
        return [net for dataset, cells in cells_of.items() for net in lesion_networks(self.study, cells, dataset)]

    # Tables and figures.

    def remarks(self, stage: str) -> Callable:
        """Return the input function of the remarks under a stage's tables.

        The study's; in a study of both protocols, where hyper-parameters of a network that the stage rests on were
        searched; what its ensembles are; and whether models that count as pre-trained are.
        """
        # Each stage rests on those before it.
        stages = list(self.study.tables)
        searched = {*stages[: stages.index(stage) + 1]} & {*self.study.search.networks}

        def lines(wildcards) -> list[str]:
            notes = list(self.config["remarks"])
            if searched and len(self.study.protocols) > 1:
                notes += search_notes(wildcards.protocol, self.study.search.protocols)
            if stage == "segmentation" and self.study.has_ensemble:
                folds = self.study.segmentation_folds[wildcards.protocol]
                notes.append(ensemble_note(len(folds), self.study.flips))
            if stage == "symmetry" and (note := note_on_random_weights(self._backbone_weights())):
                notes.append(note)
            return notes

        return lines

    def _backbone_weights(self) -> list[str]:
        """Return where the weights come from of the symmetry models' backbone, or of those that it is chosen among."""
        names = self.study.backbones if self.study.selects_backbone else [self.config["symmetry"]["backbone"]]
        return [self.config["weights"][name] for name in names]

    def thesis_values(self, table: str) -> str | list:
        """Return the thesis's values of a table, where it has that table."""
        printed = table in SPECS and SPECS[table].in_thesis and is_of_thesis(table, self.study.roles)
        return self.images.from_clone(f"resources/thesis/table-{table}.csv") if printed else []

    def drawn_images(self, dataset: str) -> Files:
        """Return the packed images of a data set with their masks, as figures name them."""
        return {
            "images": self.images.packed(dataset)["images"],
            "packed": self.images.packed(dataset)["rows"],
            "packed_masks": self.images.true_masks(dataset),
            "masks": self.images.masks_for("seg", dataset)["masks"],
            "masks_manifest": f"results/{{protocol}}/masks/{dataset}/manifest.parquet",
            "splits": f"results/{{protocol}}/splits/{dataset}.parquet",
        }

    def inspected_images(self, wildcards) -> Files:
        """Return the same of the data set of an inspected image, with the lesion CAMs where there are any."""
        named = self.drawn_images(wildcards.dataset)
        return with_wildcards(named | {"lesion_cams": self.cams_of_cells(self.inspected_cells(wildcards))}, wildcards)

    def cams_of_cells(self, cells: Iterable[str]) -> list[str]:
        """Return the CAMs of some of the cells that are compared."""
        return [f"results/{{protocol}}/lesion/{self.study.lesion_set}/{cell}/cams.parquet" for cell in cells]

    def inspected_cells(self, wildcards) -> list[str]:
        """Return the cells whose CAMs of an inspected image there are: the thesis's, of images with true masks."""
        return self.study.thesis_cells if wildcards.dataset == self.study.segmentation_set else []

    @staticmethod
    def searched_network(wildcards) -> str:
        """Return what a search was of, in words."""
        return wildcards.search.replace("/", " ")

    @staticmethod
    def searched_score(wildcards) -> str:
        """Return the name of what a search maximises."""
        return "Validation Dice" if wildcards.search.startswith("segmentation") else "Validation balanced accuracy"
