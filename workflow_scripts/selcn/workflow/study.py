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
from selcn.design.datasets import DATASETS, TEST_SETS
from selcn.workflow.paths import numbers
from selcn.workflow.seeds import seeds_of_cell

SEARCH_DATASETS = {"segmentation": "ham10000", "symmetry": "symderm", "lesion": "ham10000", "isic2016": "isic2016"}
"""The searches by their names in `search.networks`, each with the data set that it trains on."""
_NETWORKS = ("segmentation", "symmetry", "lesion")


@dataclass(frozen=True)
class Study:
    """A study's lists.

    Attributes
    ----------
    config
        The configuration, as the schema accepts it.
    """

    config: Mapping

    @classmethod
    def from_config(cls, config: Mapping) -> "Study":
        """Return the study of a configuration."""
        return cls(config)

    @cached_property
    def demo(self) -> bool:
        """Whether the study is the demo, on synthetic images."""
        return bool(self.config["demo"])

    @cached_property
    def datasets(self) -> list[str]:
        """The data sets."""
        return list(DATASETS)

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
        return {dataset: self.config["data"][dataset]["shards"] for dataset in DATASETS}

    @cached_property
    def gpu_shards(self) -> dict[str, int]:
        """Into how many jobs each data set's GPU stages are divided."""
        return {dataset: self.config["data"][dataset]["gpu_shards"] for dataset in DATASETS}

    @cached_property
    def folds(self) -> dict[str, range]:
        """The folds of the symmetry and of the lesion networks."""
        return {stage: range(self.config[stage]["folds"]) for stage in ("symmetry", "lesion")}

    @cached_property
    def splits(self) -> dict[str, dict]:
        """Each data set's folds, and whether its development set is balanced.

        HAM10000 alone is balanced; SymDerm and ISIC2016 rely on the weighted loss, ISIC2019 is only evaluated on.
        """
        lesion, symmetry = (len(self.folds[stage]) for stage in ("lesion", "symmetry"))
        return {
            "ham10000": {"folds": lesion, "balance": True},
            "symderm": {"folds": symmetry, "balance": False},
            "isic2019": {"folds": 0, "balance": False},
            "isic2016": {"folds": lesion, "balance": False},
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
    def symderm_models(self) -> list[str]:
        """The models that are trained on SymDerm, backbones aside."""
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
        """Data set and source of all CAMs; controls are trained on HAM10000 alone."""
        controls = [source for source in self.cam_sources if source in SHAMS]
        controls += ORACLES if control_masks(self.config["lesion"]["oracle"]) else []
        return [(dataset, mask) for dataset in DATASETS for mask in MASKS] + [
            (dataset, control) for dataset in ("ham10000", "isic2019") for control in controls
        ]

    # Lesion.

    @cached_property
    def cells(self) -> list[str]:
        """The thesis's twelve cells, the sham controls and the oracle controls."""
        return lesion_cells(self.config["lesion"]["sham"], self.config["lesion"]["oracle"])

    @cached_property
    def cells_of(self) -> dict[str, Sequence[str]]:
        """The cells of each data set that lesion networks are trained on."""
        return {"ham10000": self.cells, "isic2016": CELLS}

    @cached_property
    def frozen(self) -> bool:
        """Whether the lesion encoder keeps its pre-trained weights."""
        return self.config["lesion"]["freeze_encoder"]

    def seeds_of(self, lesion_dataset: str, cell: str) -> Sequence[int]:
        """Return the seeds of a lesion cell; on ISIC2016, whose cells nothing compares, the first alone."""
        seeds = seeds_of_cell(self.config["lesion"]["seeds"], cell)
        return seeds if lesion_dataset == "ham10000" else seeds[:1]

    # Search and settings.

    @cached_property
    def searched(self) -> list[str]:
        """The networks whose hyper-parameters are searched; `isic2016`: the lesion network on ISIC2016."""
        return self.config["search"]["networks"] if self.config["search"]["trials"] else []

    @cached_property
    def search_datasets(self) -> list[str]:
        """The data sets that searches train on."""
        return sorted({SEARCH_DATASETS[network] for network in self.searched})

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
            "lesion": self.cells[0],
            "isic2016": self.cells_of["isic2016"][0],
        }

    @cached_property
    def searches(self) -> list[str]:
        """`<network>/<model>` of every search."""
        models = {
            "segmentation": self.architectures,
            "symmetry": self.symmetry_models,
            "lesion": self.cells,
            "isic2016": self.cells_of["isic2016"],
        }
        return [
            f"{network}/{model}"
            for network in self.searched
            for model in (models[network] if self._by_cell else [self.baselines[network]])
        ]

    @cached_property
    def settings(self) -> list[str]:
        """The settings files: one a network, or where each cell has a search of its own one a model.

        ISIC2016 has its own where it is searched; otherwise its cells use those of the lesion network.
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
        return {
            "segmentation": ["05"],
            "symmetry": ["06a", "06b", "07", *self.sham_models],
            "lesion": ["08a", "08b", "09", "10", "11", "12", "measures", "unfamiliar"],
            "isic2016": ["13", "14", "15"],
        }

    @cached_property
    def wildcards(self) -> dict[str, list[str] | str]:
        """The values that each wildcard may take, or a regular expression of them."""
        seeds = {str(seed) for cell in self.cells for seed in self.seeds_of("ham10000", cell)}
        shards = max(*self.shards.values(), *self.gpu_shards.values())
        return {
            "protocol": self.protocols,
            "dataset": list(DATASETS),
            "shard": numbers(range(shards)),
            "part": numbers(range(self.config["duplicates"]["parts"])),
            "lesion_dataset": list(TEST_SETS),
            "settings": self.settings,
            "search": self.searches,
            "worker": numbers(range(self.config["search"]["workers"])),
            "weights": list(self.config["weights"]),
            "architecture": self.architectures,
            "backbone": self.backbones,
            "model": self.symderm_models,
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
