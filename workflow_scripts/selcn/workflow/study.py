"""The lists of a study, from its configuration: what is trained, evaluated and shown, and what wildcards may be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from selcn.data.datasets.ids import IMAGE_ID
from selcn.design.cam_sources import (
    MALIGNANCY,
    ORACLES,
    SCRATCH,
    SHAMS,
    SYMMETRY_MODELS,
    control_masks,
    lesion_cells,
)
from selcn.design.cells import CELLS, MASKS
from selcn.design.datasets import EXTERNAL, LESION, SEGMENTATION, SYMMETRY, Declaration
from selcn.report.tables.data_sets import STAGES
from selcn.workflow.configured_paths import with_paths
from selcn.workflow.declarations import read_declarations, require_classes, require_roles, with_sources
from selcn.workflow.paths import numbers
from selcn.workflow.seeds import seeds_of_cell

OFFICIAL_TEST = "official_test"
"""The further test set of a data set that has a test part of its own."""
_NETWORKS = ("segmentation", "symmetry", "lesion")


@dataclass(frozen=True)
class Study:
    """A study's lists.

    Attributes
    ----------
    config
        The configuration, as the schema accepts it.
    declarations
        Its data sets, in their order.
    """

    config: Mapping
    declarations: Mapping[str, Declaration]

    @classmethod
    def from_config(cls, config: Mapping) -> "Study":
        """Return the study of a configuration.

        Raises
        ------
        DeclarationError
            The declaration of a data set is not valid, or a role has no data set.
        """
        declarations = read_declarations(config["datasets"])
        require_roles(declarations)
        study = cls(with_paths(with_sources(config, declarations)), declarations)
        require_classes(declarations, declarations[study.lesion_set].classes)
        return study

    @cached_property
    def demo(self) -> bool:
        """Whether the study is the demo, on synthetic images."""
        return bool(self.config["demo"])

    @cached_property
    def datasets(self) -> list[str]:
        """The data sets."""
        return list(self.declarations)

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the data sets in prose."""
        return {dataset: declared.name for dataset, declared in self.declarations.items()}

    def with_role(self, role: str) -> list[str]:
        """Return the data sets that have a role."""
        return [dataset for dataset, declared in self.declarations.items() if role in declared.roles]

    @cached_property
    def segmentation_set(self) -> str:
        """The data set of the segmentation networks, with whose true masks CAMs are compared."""
        return self.with_role(SEGMENTATION)[0]

    @cached_property
    def symmetry_set(self) -> str:
        """The data set of the symmetry networks."""
        return self.with_role(SYMMETRY)[0]

    @cached_property
    def lesion_set(self) -> str:
        """The first data set of lesion networks: its cells are compared, have controls, and predict external sets."""
        return self.with_role(LESION)[0]

    @cached_property
    def external_sets(self) -> list[str]:
        """The data sets that the lesion networks are tested on only."""
        return self.with_role(EXTERNAL)

    @cached_property
    def further_sets(self) -> list[str]:
        """The external sets that jobs of their own predict: all but the first, which is part of the training jobs."""
        return self.external_sets[1:]

    @cached_property
    def patient_sets(self) -> list[str]:
        """The data sets whose tables name patients, so that their indices have the column `patient_id`."""
        declared = self.declarations.items()
        return [dataset for dataset, each in declared if "patient" in each.table.get("columns", ())]

    @cached_property
    def test_sets(self) -> dict[str, str]:
        """The further test set that training predicts, by the networks' data set: the first external one, or a part."""
        sets = dict.fromkeys(self.with_role(LESION), OFFICIAL_TEST)
        return sets | {self.lesion_set: self.external_sets[0]}

    @cached_property
    def masks(self) -> list[str]:
        """The masks on the input of cells and symmetry models."""
        return list(MASKS)

    @cached_property
    def protocols(self) -> list[str]:
        """The protocols: thesis, leakfree."""
        return self.config["protocols"]

    @cached_property
    def shards(self) -> dict[str, int]:
        """Into how many jobs each data set's CPU stages are divided."""
        return {dataset: self.config["data"][dataset]["shards"] for dataset in self.datasets}

    @cached_property
    def gpu_shards(self) -> dict[str, int]:
        """Into how many jobs each data set's GPU stages are divided."""
        return {dataset: self.config["data"][dataset]["gpu_shards"] for dataset in self.datasets}

    @cached_property
    def folds(self) -> dict[str, range]:
        """The folds of the symmetry and of the lesion networks."""
        return {stage: range(self.config[stage]["folds"]) for stage in ("symmetry", "lesion")}

    @cached_property
    def splits(self) -> dict[str, dict]:
        """Each data set's folds, 0 where nothing is trained on it, and whether its development set is balanced."""
        folds = dict.fromkeys(self.datasets, 0) | dict.fromkeys(self.with_role(LESION), len(self.folds["lesion"]))
        folds[self.symmetry_set] = len(self.folds["symmetry"])
        return {
            dataset: {"folds": folds[dataset], "balance": declared.balanced}
            for dataset, declared in self.declarations.items()
        }

    # Segmentation.

    @cached_property
    def architectures(self) -> list[str]:
        """The segmentation networks."""
        return self.config["segmentation"]["architectures"]

    @cached_property
    def segmentation_folds(self) -> dict[str, range]:
        """The folds of the segmentation networks, by protocol.

        The thesis's protocol trains as many as its ensemble has. In the leakfree one every image of the development set
        gets its mask from the network whose fold it is held out of.
        """
        return {"thesis": range(self.config["segmentation"]["ensemble"]["folds"]), "leakfree": self.folds["lesion"]}

    @cached_property
    def flips(self) -> bool:
        """Whether masks are the mean over flipped images."""
        return self.config["segmentation"]["ensemble"]["flips"]

    @cached_property
    def has_ensemble(self) -> bool:
        """Whether masks are predicted by more than one network on images as they are."""
        return self.flips or len(self.segmentation_folds["thesis"]) > 1

    # Symmetry.

    @cached_property
    def sham_masks(self) -> list[str]:
        """The masks whose cells have sham controls."""
        return control_masks(self.config["lesion"]["sham"])

    @cached_property
    def sham_models(self) -> list[str]:
        """The networks that are trained for a sham control."""
        return [MALIGNANCY] if self.sham_masks else []

    @cached_property
    def symmetry_models(self) -> list[str]:
        """The models of table 6."""
        return [SCRATCH, *SYMMETRY_MODELS]

    @cached_property
    def models_like_symmetry(self) -> list[str]:
        """The models that are trained on the symmetry set, backbones aside."""
        return [*self.symmetry_models, *self.sham_models]

    @cached_property
    def backbones(self) -> list[str]:
        """The backbones that are compared."""
        return self.config["symmetry"]["backbones"]

    @cached_property
    def selects_backbone(self) -> bool:
        """Whether the symmetry network's backbone is left to the comparison."""
        return self.config["symmetry"]["backbone"] == "auto"

    @cached_property
    def cam_models(self) -> list[str]:
        """The networks whose CAMs are computed for every image."""
        return [*MASKS, *self.sham_models]

    @cached_property
    def cam_sources(self) -> list[str]:
        """What the E-Layer is given, oracle controls aside: CAMs and sham controls."""
        return [*MASKS, *(SHAMS if self.sham_masks else [])]

    @cached_property
    def cams(self) -> list[tuple[str, str]]:
        """Data set and source of all CAMs; those of controls are of the data sets that cells with controls see."""
        controls = [source for source in self.cam_sources if source in SHAMS]
        controls += ORACLES if control_masks(self.config["lesion"]["oracle"]) else []
        return [(dataset, mask) for dataset in self.datasets for mask in MASKS] + [
            (dataset, control) for dataset in self.controlled_sets for control in controls
        ]

    @cached_property
    def controlled_sets(self) -> list[str]:
        """The data sets that networks of controls are trained on or applied to."""
        return [self.lesion_set, *self.external_sets]

    # Lesion.

    @cached_property
    def cells(self) -> list[str]:
        """The thesis's twelve cells, the sham controls and the oracle controls."""
        return lesion_cells(self.config["lesion"]["sham"], self.config["lesion"]["oracle"])

    @cached_property
    def cells_of(self) -> dict[str, Sequence[str]]:
        """The cells of each data set that lesion networks are trained on."""
        return dict.fromkeys(self.with_role(LESION), CELLS) | {self.lesion_set: self.cells}

    @cached_property
    def frozen(self) -> bool:
        """Whether the lesion encoder keeps its pre-trained weights."""
        return self.config["lesion"]["freeze_encoder"]

    @cached_property
    def source_cells(self) -> list[str]:
        """The cells of the first lesion set that are also trained without each of its sources."""
        return self.config["lesion"]["leave_source_out"]

    @cached_property
    def encoded_sets(self) -> list[str]:
        """The data sets whose images have features of a frozen encoder: all that lesion networks see."""
        return [dataset for dataset in self.datasets if dataset != self.symmetry_set] if self.frozen else []

    def seeds_of(self, lesion_dataset: str, cell: str) -> Sequence[int]:
        """Return the seeds of a lesion cell; only the first where cells are not compared."""
        seeds = seeds_of_cell(self.config["lesion"]["seeds"], cell)
        return seeds if lesion_dataset == self.lesion_set else seeds[:1]

    # Search and settings.

    @cached_property
    def searched(self) -> list[str]:
        """The networks whose hyper-parameters are searched; a data set stands for the lesion network on it."""
        return self.config["search"]["networks"] if self.config["search"]["trials"] else []

    @cached_property
    def dataset_of_search(self) -> dict[str, str]:
        """The data set of each search that `search.networks` may name."""
        return {"segmentation": self.segmentation_set, "symmetry": self.symmetry_set} | self.lesion_searches

    @cached_property
    def lesion_searches(self) -> dict[str, str]:
        """The data set of each search of the lesion network, which bears its name beside that on the first."""
        return {"lesion" if dataset == self.lesion_set else dataset: dataset for dataset in self.cells_of}

    @cached_property
    def search_datasets(self) -> list[str]:
        """The data sets that searches train on."""
        return sorted({self.dataset_of_search[network] for network in self.searched})

    def search_protocol(self, protocol: str) -> str:
        """Return the protocol whose searches give a protocol its hyper-parameters."""
        shared = self.config["search"]["protocol"]
        return shared if shared in self.protocols else protocol

    @cached_property
    def search_protocols(self) -> list[str]:
        """The protocols that search for hyper-parameters."""
        return [protocol for protocol in self.protocols if self.search_protocol(protocol) == protocol]

    @cached_property
    def baselines(self) -> dict[str, str]:
        """The model of each network that the thesis searches: its first."""
        return {
            "segmentation": self.architectures[0],
            "symmetry": "none",
            **dict.fromkeys(["lesion", *self.cells_of], CELLS[0]),
        }

    @cached_property
    def searches(self) -> list[str]:
        """`<network>/<model>` of every search."""
        models = {
            "segmentation": self.architectures,
            "symmetry": self.symmetry_models,
            "lesion": self.cells,
            **self.cells_of,
        }
        return [
            f"{network}/{model}"
            for network in self.searched
            for model in (models[network] if self._by_cell else [self.baselines[network]])
        ]

    @cached_property
    def settings(self) -> list[str]:
        """The settings files: one a network, or where each cell has a search of its own one a model.

        A data set that is searched has its own; cells of the others use those of the lesion network.
        """
        names = ["backbones", *dict.fromkeys([*_NETWORKS, *self.searched])]
        return [name for name in names if name not in self.searched] + self.searches if self._by_cell else names

    @cached_property
    def _by_cell(self) -> bool:
        return self.config["search"]["scope"] == "cell"

    # Tables and wildcards.

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """The tables that are written together, by the stage whose results they show."""
        shams = {"symmetry": self.sham_models}
        return {stage: [*tables, *shams.get(stage, [])] for stage, tables in STAGES.items()}

    @cached_property
    def wildcards(self) -> dict[str, list[str] | str]:
        """The values that each wildcard may take, or a regular expression of them."""
        seeds = {str(seed) for cell in self.cells for seed in self.seeds_of(self.lesion_set, cell)}
        shards = max(*self.shards.values(), *self.gpu_shards.values())
        return {
            "protocol": self.protocols,
            "dataset": self.datasets,
            "shard": numbers(range(shards)),
            "part": numbers(range(self.config["duplicates"]["parts"])),
            "external": self.further_sets,
            "lesion_dataset": list(self.cells_of),
            "settings": self.settings,
            "search": self.searches,
            "worker": numbers(range(self.config["search"]["workers"])),
            "weights": list(self.config["weights"]),
            "architecture": self.architectures,
            "backbone": self.backbones,
            "model": self.models_like_symmetry,
            "mask": list(MASKS),
            "cell": self.cells,
            "cam_model": self.cam_models,
            "sham": [sham for sham in SHAMS if sham != MALIGNANCY],
            "oracle": list(ORACLES),
            "seed": sorted(seeds),
            "segmentation_fold": numbers(max((self.segmentation_folds[name] for name in self.protocols), key=len)),
            "symmetry_fold": numbers(self.folds["symmetry"]),
            "lesion_fold": numbers(self.folds["lesion"]),
            "image_id": IMAGE_ID,
        }

    @cached_property
    def constraints(self) -> dict[str, str]:
        """The wildcards' regular expressions."""
        return {
            name: values if isinstance(values, str) else "|".join(map(re.escape, values))
            for name, values in self.wildcards.items()
        }
