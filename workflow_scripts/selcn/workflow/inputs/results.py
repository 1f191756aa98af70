"""Input functions for evaluation, comparisons, tables, figures and the leakage audit."""

from collections.abc import Mapping
from dataclasses import dataclass

from selcn.design.cells import CELLS, mask_of
from selcn.design.datasets import TEST_SETS
from selcn.report.tables.specs import SPECS, ensemble_note
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.paths import Files, expand, filled, with_wildcards
from selcn.workflow.study import Study

LESION_CAMS = "results/{protocol}/lesion/ham10000/{cell}/cams.parquet"


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

    def predictions_of_cell(self, wildcards) -> list[str]:
        """Return all predictions of a lesion cell's networks."""
        dataset = wildcards.lesion_dataset
        subsets = ("validation", "test", TEST_SETS[dataset])
        return [path for subset in subsets for path in self._of_cell(f"predictions/{subset}.parquet", wildcards)]

    def isic2019_subsets(self, wildcards) -> Files:
        """Return what the subsets of ISIC2019 are made of, for cells whose networks predict it."""
        if TEST_SETS[wildcards.lesion_dataset] != "isic2019":
            return {}
        splits = f"results/{wildcards.protocol}/splits/isic2019.parquet"
        return {"isic2019_splits": splits, "training_ids": self._of_cell("training_ids.parquet", wildcards)}

    def cams_of_first_seed(self, wildcards) -> str:
        """Return the CAMs of a lesion cell's first seed: a cell has one network's, chosen among its folds."""
        seed = self.study.seeds_of(wildcards.lesion_dataset, wildcards.cell)[0]
        return (
            f"results/{wildcards.protocol}/lesion/{wildcards.lesion_dataset}/{wildcards.cell}/seed-{seed}/cams.parquet"
        )

    def _of_cell(self, name: str, wildcards) -> list[str]:
        return filled(self.study.fold_files(wildcards.lesion_dataset, wildcards.cell, name), wildcards)

    # All cells.

    def predictions(self, cells: list[str], subset: str) -> list[str]:
        """Return some lesion cells' predictions of a subset, of those trained on HAM10000."""
        name = f"predictions/{subset}.parquet"
        return [path for cell in cells for path in self.study.fold_files("ham10000", cell, name)]

    def first_histories(self) -> list[str]:
        """Return the history of each cell's first seed and fold."""
        return [self.study.fold_files("ham10000", cell, "history.csv")[0] for cell in CELLS]

    def trained_models(self, wildcards) -> list[str]:
        """Return the ids that every network of the cascade was trained on."""
        name = "training_ids.parquet"
        others = self._of_symderm([name]) + [
            path
            for dataset, cells in self.study.cells_of.items()
            for cell in cells
            for path in self.study.fold_files(dataset, cell, name)
        ]
        return self.networks.segmentation_files(name)(wildcards) + filled(others, wildcards)

    def all_predictions(self, wildcards) -> list[str]:
        """Return all predictions of symmetry and lesion networks."""
        subsets = ("validation", "test")
        paths = self._of_symderm([f"predictions/{subset}.parquet" for subset in subsets]) + [
            path
            for dataset, further in TEST_SETS.items()
            for subset in (*subsets, further)
            for cell in self.study.cells_of[dataset]
            for path in self.study.fold_files(dataset, cell, f"predictions/{subset}.parquet")
        ]
        return filled(paths, wildcards)

    def _of_symderm(self, names: list[str]) -> list[str]:
        models = [f"symmetry/{name}" for name in self.study.symderm_models]
        models += [f"backbones/{name}" for name in self.study.backbones]
        pattern = "results/{protocol}/{model}/fold-{fold}/{name}"
        return expand(pattern, model=models, fold=self.study.folds["symmetry"], name=names)

    def lesion_cams_of_all(self) -> list[str]:
        """Return the CAMs of every lesion cell of every data set."""
        pattern = "results/{protocol}/lesion/{dataset}/{cell}/cams.parquet"
        return [
            path
            for dataset, cells in self.study.cells_of.items()
            for path in expand(pattern, dataset=dataset, cell=cells)
        ]

    def cells_of_mask(self, mask: str) -> list[str]:
        """Return the thesis's cells with one mask on their input."""
        return [cell for cell in CELLS if mask_of(cell) == mask]

    # Tables and figures.

    def segmentation_remarks(self, wildcards) -> list[str]:
        """Return the study's remarks and, where it has ensembles, what these are."""
        if not self.study.has_ensemble:
            return self.config["remarks"]
        folds = self.study.segmentation_folds[wildcards.protocol]
        return [*self.config["remarks"], ensemble_note(len(folds), self.study.flips)]

    def thesis_values(self, table: str) -> str | list:
        """Return the thesis's values of a table, where it has that table."""
        return self.images.from_clone(f"resources/thesis/table-{table}.csv") if SPECS[table].in_thesis else []

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
        """Return the same of the data set of an inspected image; of HAM10000's the lesion CAMs, too."""
        named = self.drawn_images(wildcards.dataset)
        return with_wildcards(named | {"lesion_cams": expand(LESION_CAMS, cell=inspected_cells(wildcards))}, wildcards)

    @staticmethod
    def searched_network(wildcards) -> str:
        """Return what a search was of, in words."""
        return wildcards.search.replace("/", " ")

    @staticmethod
    def searched_score(wildcards) -> str:
        """Return the name of what a search maximises."""
        return "Validation Dice" if wildcards.search.startswith("segmentation") else "Validation accuracy"


def inspected_cells(wildcards) -> list[str]:
    """Return the cells whose CAMs of an inspected image there are: all twelve of HAM10000's images."""
    return list(CELLS) if wildcards.dataset == "ham10000" else []
