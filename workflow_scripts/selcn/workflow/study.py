"""The lists of a study, from its configuration: what is trained, evaluated and shown, and what wildcards may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from selcn.design.cam_sources import (
    MALIGNANCY,
    ORACLES,
    SCRATCH,
    SHAMS,
    SYMMETRY_MODELS,
    control_masks,
)
from selcn.design.cells import CELLS, MASKS, mask_of, split_cell
from selcn.design.datasets import EXTERNAL, FURTHER, LESION, SEGMENTATION, SYMMETRY, Declaration
from selcn.report.tables.data_sets import is_thesis_pair, stages_of
from selcn.workflow.cells import cells_of_study, tables_of_cells
from selcn.workflow.configured_paths import with_paths
from selcn.workflow.declaration_checks import knows_malignancy, require_classes, require_names, require_roles
from selcn.workflow.declarations import read_declarations, with_sources
from selcn.workflow.searches import Searches
from selcn.workflow.seeds import seeds_of_cell
from selcn.workflow.wildcards import constraints_of, wildcards_of

OFFICIAL_TEST = "official_test"
"""The further test set of a data set that has a test part of its own."""


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
        require_names(declarations, config["protocols"])
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
    def predicted_by_training(self) -> str:
        """The external set that the training jobs predict; empty unless it and the lesion set are the thesis's."""
        return next((dataset for dataset in self.external_sets if is_thesis_pair(self.lesion_set, dataset)), "")

    @cached_property
    def further_sets(self) -> list[str]:
        """The external sets that jobs of their own predict."""
        return [dataset for dataset in self.external_sets if dataset != self.predicted_by_training]

    @cached_property
    def patient_sets(self) -> list[str]:
        """The data sets whose tables name patients, so that their indices have the column `patient_id`."""
        declared = self.declarations.items()
        return [dataset for dataset, each in declared if "patient" in each.table.get("columns", ())]

    @cached_property
    def test_sets(self) -> dict[str, str]:
        """The further test set that training predicts, by the networks' data set: an external one, or a part of it."""
        sets = dict.fromkeys(self.with_role(LESION), OFFICIAL_TEST)
        return sets | ({self.lesion_set: self.predicted_by_training} if self.predicted_by_training else {})

    @cached_property
    def roles(self) -> dict[str, list[str]]:
        """The data sets of each role, as `selcn.design.datasets.ROLES` has them."""
        roles = {role: self.with_role(role) for role in (SEGMENTATION, SYMMETRY, LESION)}
        by_training = [self.predicted_by_training] if self.predicted_by_training else []
        return roles | {EXTERNAL: by_training, FURTHER: self.further_sets}

    @cached_property
    def told(self) -> dict[str, dict]:
        """The parameters by which a job is told the data sets' names and roles."""
        return {"names": self.names, "roles": self.roles}

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
        folds = dict.fromkeys(self.datasets, 0)
        folds |= dict.fromkeys([self.segmentation_set, *self.with_role(LESION)], len(self.folds["lesion"]))
        folds[self.symmetry_set] = len(self.folds["symmetry"])
        balanced = {dataset: declared.balanced for dataset, declared in self.declarations.items()}
        return {dataset: {"folds": folds[dataset], "balance": balanced[dataset]} for dataset in self.datasets}

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

    @cached_property
    def sham_masks(self) -> list[str]:
        """The masks whose cells have sham controls."""
        return control_masks(self.config["lesion"]["sham"])

    @cached_property
    def sham_models(self) -> list[str]:
        """The networks that are trained for a sham control, where there are labels for it."""
        return [MALIGNANCY] if self.sham_masks and self.shams == SHAMS else []

    @cached_property
    def shams(self) -> Sequence[str]:
        """The sham controls that the study may have: `malignancy` needs diagnoses of the symmetry set's images."""
        known = knows_malignancy(self.declarations[self.symmetry_set])
        return SHAMS if known else [sham for sham in SHAMS if sham != MALIGNANCY]

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
        return [*MASKS, *(self.shams if self.sham_masks else [])]

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
        return list(dict.fromkeys([self.lesion_set, self.segmentation_set, *self.external_sets]))

    @cached_property
    def cells(self) -> list[str]:
        """The thesis's cells, the sham controls and the oracle controls, as far as the study has them."""
        left_out = set(SHAMS) - set(self.shams)
        return [cell for cell in cells_of_study(self.config["lesion"]) if split_cell(cell)[1] not in left_out]

    @cached_property
    def thesis_cells(self) -> list[str]:
        """The cells that are lesion models of the thesis: all twelve, unless `lesion.cells` leaves some out."""
        return [cell for cell in CELLS if cell in self.cells]

    @cached_property
    def cells_by_mask(self) -> dict[str, list[str]]:
        """These cells by the mask on their input, in the order of the masks."""
        return {mask: list(cells) for mask, cells in groupby(self.thesis_cells, mask_of)}

    @cached_property
    def cells_of(self) -> dict[str, list[str]]:
        """The cells of each data set that lesion networks are trained on."""
        return {dataset: self.thesis_cells for dataset in self.with_role(LESION)} | {self.lesion_set: self.cells}

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

    @cached_property
    def search(self) -> Searches:
        """The searches for hyper-parameters, and the settings of trainings."""
        lesion_sets = {"lesion" if dataset == self.lesion_set else dataset: dataset for dataset in self.cells_of}
        return Searches(
            self.config["search"],
            self.protocols,
            {"segmentation": self.segmentation_set, "symmetry": self.symmetry_set} | lesion_sets,
            {"segmentation": self.architectures, "symmetry": self.symmetry_models}
            | {network: self.cells_of[dataset] for network, dataset in lesion_sets.items()},
        )

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """The tables that are written together, by the stage whose results they show."""
        shams = {"symmetry": self.sham_models}
        stages = {stage: tables_of_cells(tables, self.cells) for stage, tables in stages_of(self.roles).items()}
        return {stage: [*tables, *shams.get(stage, [])] for stage, tables in stages.items()}

    @cached_property
    def wildcards(self) -> dict[str, list[str] | str]:
        """The values that each wildcard may take, or a regular expression of them."""
        return wildcards_of(self)

    @cached_property
    def constraints(self) -> dict[str, str]:
        """The wildcards' regular expressions."""
        return constraints_of(self.wildcards)
