"""Input functions of bundles, one lesion cell's trained cascade each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from selcn.design.cells import CELLS, mask_of, split_cell, takes_cams
from selcn.design.trained_networks import TrainedNetwork
from selcn.prediction.web.libraries import LIBRARIES, NPM, needed_libraries
from selcn.workflow.hair_method import hair_method
from selcn.workflow.inputs.images import mask_of_model
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.trained import files_of, lesion_networks, segmentation_networks, symmetry_networks
from selcn.workflow.paths import Files, expand, with_wildcards
from selcn.workflow.study import Study

BUNDLE = "results/{protocol}/bundle/{cell}"
SHOWN_MODEL = "none"
"""The symmetry model that is shown beside a cell without CAMs."""


@dataclass(frozen=True)
class BundleInputs:
    """Input functions of one study's bundles."""

    results: ResultInputs

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.results.study

    @property
    def config(self) -> Mapping:
        """The configuration."""
        return self.study.config

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that bundles can be made of: those of the thesis, whose CAMs any image can be given."""
        return CELLS

    def targets(self) -> list[str]:
        """Return the bundles of the cells that predict new images."""
        predict = self.config["predict"]
        return expand(f"{BUNDLE}/metadata.json", protocol=predict["protocol"], cell=predict["cells"])

    @property
    def known_sets(self) -> list[str]:
        """The data sets whose images a bundle recognises: those that its networks are trained and tested on."""
        of = self.study
        return list(dict.fromkeys([of.lesion_set, of.segmentation_set, of.symmetry_set]))

    def files(self, wildcards) -> Files:
        """Return the files that a bundle is made of."""
        cell, protocol, of = wildcards.cell, wildcards.protocol, self.study
        networks, images = self.results.networks, self.results.images
        model, lesion = symmetry_model_of(cell), lesion_networks(of, [cell])
        symmetry = symmetry_networks(of, [model])
        weights = f"results/weights/{self.config['lesion']['encoder']}.safetensors"
        settings = SimpleNamespace(protocol=protocol, cam_model=model, cell=cell, lesion_dataset=of.lesion_set)
        named: Files = {
            "selected": "results/{protocol}/segmentation/selected.json",
            "segmentation_settings": networks.mask_settings(settings),
            "segmentation_models": networks.segmentation_files("best.pt")(wildcards),
            "symmetry_settings": networks.cam_settings(settings),
            "symmetry_models": files_of(symmetry, "best.pt"),
            "symmetry_test": files_of(symmetry, "predictions/test.parquet"),
            "lesion_settings": networks.lesion_settings(settings),
            "lesion_models": files_of(lesion, "best.pt"),
            "encoder": weights if of.frozen else [],
            # Of the score of images unlike the training data.
            "weights": weights,
            "validation": files_of(lesion, "predictions/validation.parquet"),
            "lesions": images.lesions(wildcards),
            "groups": "results/lesions/groups.parquet",
            "pairs": "results/lesions/pairs.parquet",
            "indices": expand("results/data/{dataset}/index.parquet", dataset=of.datasets),
            # Of the audit.
            "trained": files_of(self.trained(wildcards), "training_ids.parquet"),
            "splits": [f"results/{{protocol}}/splits/{of.lesion_set}.parquet"],
            "masks": [f"results/{{protocol}}/masks/{of.lesion_set}/manifest.parquet"],
            "counts": [],
            "lesion_cams": [],
            "cams": [f"results/{{protocol}}/cams/{of.lesion_set}/{model}/cams.parquet"] if takes_cams(cell) else [],
            # Of what is measured on the study's images.
            **images.packed(of.lesion_set),
            "predictions": files_of(lesion, "predictions/test.parquet"),
            "libraries": expand("results/web-libraries/{library}.tgz", library=self.libraries(wildcards)),
            **images.packed_of(self.known_sets),
            **(images.keypoints_of(self.known_sets) if self.config["bundle"]["rephotographs"] else {}),
            "citation": self.results.images.from_clone("CITATION.cff"),
            "template": self.results.images.from_clone("workflow_scripts/selcn/prediction/templates/model-card.md.j2"),
        }
        return with_wildcards(named, wildcards)

    def trained(self, wildcards) -> list[TrainedNetwork]:
        """Return the networks of a bundle, and the segmentation networks of other architectures."""
        return [
            *segmentation_networks(self.study, wildcards.protocol),
            *symmetry_networks(self.study, [symmetry_model_of(wildcards.cell)]),
            *lesion_networks(self.study, [wildcards.cell]),
        ]

    def libraries(self, wildcards) -> list[str]:
        """Return the libraries of a bundle's page; none where bundles have no page."""
        return needed_libraries(self.config["hair"]["method"]) if self.config["bundle"]["page"] else []

    def library_source(self, wildcards) -> str:
        """Return where a library comes from: the npm registry, or a folder."""
        source = self.config["bundle"]["page"]
        return NPM if source == NPM else self.results.images.from_clone(source)

    def library_archive(self, wildcards) -> str | list:
        """Return the archive of a library in the folder that the configuration names, where it is there."""
        path = Path(self.library_source(wildcards)) / LIBRARIES[wildcards.library].archive
        return str(path) if path.is_file() else []

    def told(self, wildcards) -> dict:
        """Return what a bundle's job is told of its networks and of how images are prepared."""
        cell, of = wildcards.cell, self.study
        model = symmetry_model_of(cell)
        return {
            "classes": of.declarations[of.lesion_set].classes,
            "hair": hair_method(self.config["hair"]),
            "pack": dict(self.config["pack"]),
            "lae": {"factor": self.config["lae"]["factor"], "empty_masks": self.config["empty_masks"]},
            "flips": of.flips,
            "segmentation_networks": segmentation_networks(of, wildcards.protocol),
            "symmetry": {"model": model, "mask": mask_of_model(model)},
            "lesion": {"mask": mask_of(cell), "takes_cams": takes_cams(cell)},
            "networks": lesion_networks(of, [cell]),
            "trained": self.trained(wildcards),
            "datasets": of.datasets,
            "sensitivities": self.config["external"]["sensitivities"],
            "known": {
                "datasets": self.known_sets,
                "rephotographs": self.config["bundle"]["rephotographs"],
                "seed": self.config["split"]["seed"],
                **{key: self.config["duplicates"][key] for key in ("distance", "certain")},
            },
        }

    def uses(self, wildcards) -> dict:
        """Return what each of the audit's files is of: the parameters of `selcn.evaluation.model_uses.applications`."""
        of, lesion = self.study, lesion_networks(self.study, [wildcards.cell])
        source = split_cell(wildcards.cell)[1]
        return {
            "trained": self.trained(wildcards),
            "splits": [of.lesion_set],
            "masks": [of.lesion_set],
            "counts": [],
            "cams": [(of.lesion_set, source)] if takes_cams(wildcards.cell) else [],
            "lesion_cams": [],
            "predictions": [(network, "test") for network in lesion],
        }


def symmetry_model_of(cell: str) -> str:
    """Return the symmetry model whose CAMs a cell is given, or that is shown beside a cell without CAMs."""
    return split_cell(cell)[1] if takes_cams(cell) else SHOWN_MODEL
