"""Input functions for the networks: settings, pre-trained weights, and what each is trained on or predicts with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selcn.design.cam_sources import MALIGNANCY, SCRATCH
from selcn.design.cells import split_cell, takes_cams
from selcn.design.trained_networks import TrainedNetwork
from selcn.workflow.inputs.images import ImageInputs, mask_of_model
from selcn.workflow.inputs.trained import files_of, segmentation_networks
from selcn.workflow.paths import Files, expand, filled, with_wildcards
from selcn.workflow.study import Study


@dataclass(frozen=True)
class NetworkInputs:
    """Input functions for the networks of one study.

    Functions of `wildcards` are given to rules as they are; the others return paths, in which `{protocol}` stays.
    """

    images: ImageInputs

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.images.study

    @property
    def config(self) -> Mapping:
        """The configuration."""
        return self.study.config

    # Settings and pre-trained weights.

    def network_settings(self, network: str) -> dict:
        """Return what one training of a network depends on; on how many others there are beside it, it does not."""
        sections = {"backbones": "symmetry"} | dict.fromkeys(self.study.cells_of, "lesion")
        section = self.config[sections.get(network, network)]
        left_out = ["folds", "seeds", "cells", "sham", "oracle", "leave_source_out"]
        left_out += ["architectures", "ensemble", "backbones"]
        left_out += ["backbone"] if network == "backbones" else []
        own = {key: value for key, value in section.items() if key not in left_out}
        return own | {"training": own["training"] | self.config["gpu"]}

    def settings_to_write(self, wildcards) -> dict:
        """Return the configuration's values of a settings file."""
        return self.network_settings(wildcards.settings.split("/")[0])

    def selected_for_settings(self, wildcards) -> str | list:
        """Return the choice of the symmetry network's backbone that a settings file depends on."""
        return self._selected_backbone(wildcards.settings.split("/")[0], wildcards)

    def selected_for_search(self, wildcards) -> str | list:
        """Return the choice of the symmetry network's backbone that its search depends on."""
        return self._selected_backbone("symmetry", wildcards)

    def _selected_backbone(self, network: str, wildcards) -> str | list:
        chosen = network == "symmetry" and self.study.selects_backbone
        return f"results/{wildcards.protocol}/backbones/selected.json" if chosen else []

    def segmentation_settings(self, wildcards) -> str:
        """Return the settings file of a segmentation network."""
        return self._settings_of("segmentation", wildcards.architecture, wildcards)

    def mask_settings(self, wildcards) -> str:
        """Return the settings file of the masks' network: of its encoder and input, which all architectures share."""
        return self._settings_of("segmentation", self.study.architectures[0], wildcards)

    def symmetry_settings(self, wildcards) -> str:
        """Return the settings file of a symmetry model."""
        return self._settings_of("symmetry", wildcards.model, wildcards)

    def cam_settings(self, wildcards) -> str:
        """Return the settings file of the symmetry model whose CAMs are computed."""
        return self._settings_of("symmetry", wildcards.cam_model, wildcards)

    def lesion_settings(self, wildcards) -> str:
        """Return the settings file of a lesion cell: those of a data set may have a search of their own."""
        own = wildcards.lesion_dataset in self.study.search.networks
        return self._settings_of(wildcards.lesion_dataset if own else "lesion", wildcards.cell, wildcards)

    def _settings_of(self, network: str, model: str, wildcards) -> str:
        # A sham control without a search of its own uses the first model's values: with others it would be no control.
        names = (f"{network}/{model}", f"{network}/{self.study.search.baselines[network]}", network)
        name = next(name for name in names if name in self.study.search.settings)
        return f"results/{wildcards.protocol}/settings/{name}.yaml"

    def weights_file(self, wildcards) -> str | list:
        """Return the file of pre-trained weights that the configuration names, where it is there."""
        source = self.config["weights"][wildcards.weights]
        is_file = source not in ("hub", "random") and (self.images.clone / source).is_file()
        return self.images.from_clone(source) if is_file else []

    def weights_source(self, wildcards) -> str:
        """Return where pre-trained weights come from: `hub`, `random`, or a file."""
        source = self.config["weights"][wildcards.weights]
        return source if source in ("hub", "random") else self.images.from_clone(source)

    def starting_from(self, wildcards) -> list[list[str]]:
        """Return the networks that start from a file of weights, by the part that they read; see `starting_weights`."""
        name, segmentation = wildcards.weights, self.config["segmentation"]
        if self.config["weights"][name] in ("hub", "random"):
            return []
        whole = name in (*self.study.backbones, self.config["symmetry"]["backbone"])
        lesion = name == self.config["lesion"]["encoder"]
        architectures = self.study.architectures if name == segmentation["weights"] else []
        return [
            *([["whole", name]] if whole or (lesion and not self.study.frozen) else []),
            *([["features", name]] if lesion and self.study.frozen else []),
            *([architecture, segmentation["encoder"]] for architecture in architectures),
        ]

    @property
    def encoder_weights(self) -> str | list:
        """Pre-trained weights of the segmentation networks' encoder, where the configuration names any."""
        name = self.config["segmentation"]["weights"]
        return f"results/weights/{name}.safetensors" if name else []

    @property
    def lesion_weights(self) -> str | list:
        """Pre-trained weights that a lesion network starts from; a frozen encoder's are in its features."""
        return [] if self.study.frozen else f"results/weights/{self.config['lesion']['encoder']}.safetensors"

    # Segmentation and symmetry networks.

    def segmentation_networks(self, wildcards) -> list[TrainedNetwork]:
        """Return the segmentation networks of a protocol."""
        return segmentation_networks(self.study, wildcards.protocol)

    def segmentation_files(self, name: str) -> Callable:
        """Return the input function of a file of every segmentation network, in the order of these."""

        def files(wildcards) -> list[str]:
            return filled(files_of(self.segmentation_networks(wildcards), name), wildcards)

        return files

    def counts_to_choose_by(self, wildcards) -> list[str]:
        """Return the pixel counts that the masks' architecture is selected by; none where it is the only one."""
        return self.segmentation_files("counts.parquet")(wildcards) if len(self.study.architectures) > 1 else []

    def ensemble_models(self, wildcards) -> list[str]:
        """Return the networks of an architecture's ensemble."""
        folds = self.study.segmentation_folds[wildcards.protocol]
        pattern = "results/{protocol}/segmentation/{architecture}/fold-{fold}/best.pt"
        return filled(expand(pattern, fold=folds), wildcards)

    @staticmethod
    def segmentation_fold(wildcards) -> int:
        """Return the fold of a segmentation network."""
        return int(wildcards.segmentation_fold)

    def symmetry_inputs(self, wildcards) -> Files:
        """Return the packed images, and the masks over them, that a symmetry model is trained on."""
        dataset = self.study.symmetry_set
        masks = self.images.masks_for(mask_of_model(wildcards.model), dataset)
        return self.images.packed(dataset) | with_wildcards(masks, wildcards)

    def symmetry_weights(self, wildcards) -> list[str]:
        """Return the pre-trained weights that a symmetry model may start from; nothing for the one from scratch."""
        if wildcards.model == SCRATCH:
            return []
        backbones = self.study.backbones if self.study.selects_backbone else [self.config["symmetry"]["backbone"]]
        return expand("results/weights/{backbone}.safetensors", backbone=backbones)

    def diagnoses(self, wildcards) -> str | list:
        """Return the diagnoses of the symmetry set's images, from which one sham control learns instead of symmetry."""
        return f"results/data/{self.study.symmetry_set}/diagnoses.parquet" if wildcards.model == MALIGNANCY else []

    def predictions_to_choose_by(self, wildcards) -> list[str]:
        """Return the test predictions by which the thesis protocol chooses the fold whose CAMs are computed."""
        if wildcards.protocol != "thesis":
            return []
        pattern = "results/{protocol}/symmetry/{cam_model}/fold-{fold}/predictions/test.parquet"
        return filled(expand(pattern, fold=self.study.folds["symmetry"]), wildcards)

    def masks_of_sham(self, wildcards) -> Files:
        """Return the masks that the sham control `mask` is made of."""
        mask = "seg" if wildcards.sham == "mask" else "none"
        return with_wildcards(self.images.masks_for(mask, wildcards.dataset), wildcards)

    # Lesion networks and search.

    def classes(self, wildcards) -> tuple[str, ...]:
        """Return the classes of a lesion network, in the order of its logits."""
        return self.study.declarations[wildcards.lesion_dataset].classes

    def first_seed(self, wildcards) -> int:
        """Return the first seed of a lesion cell."""
        return self.study.seeds_of(wildcards.lesion_dataset, wildcards.cell)[0]

    def training_images(self, wildcards) -> Files:
        """Return what a lesion cell's network is given for the images that it is trained on."""
        return with_wildcards(self._lesion_input(wildcards.cell, wildcards.lesion_dataset), wildcards)

    def searched_images(self, lesion_dataset: str) -> Callable:
        """Return the input function of what a lesion cell's network is given for the images of its search."""

        def files(wildcards) -> Files:
            return with_wildcards(self._lesion_input(wildcards.cell, lesion_dataset), wildcards)

        return files

    def test_set_images(self, wildcards) -> Files:
        """Return what it is given for the further test set of its data set, and that set's splits."""
        testset = self.study.test_sets[wildcards.lesion_dataset]
        dataset = testset if testset in self.study.datasets else wildcards.lesion_dataset
        splits: Files = {"splits": f"results/{{protocol}}/splits/{dataset}.parquet"}
        named = prefixed("testset", self._lesion_input(wildcards.cell, dataset) | splits)
        return with_wildcards(named, wildcards)

    def external_images(self, wildcards) -> Files:
        """Return what it is given for a further external set."""
        return with_wildcards(self._lesion_input(wildcards.cell, wildcards.external), wildcards)

    def scored_images(self, wildcards) -> Files:
        """Return what it is given for the images with true masks, with which its CAMs are compared."""
        named = self._lesion_input(wildcards.cell, self.study.segmentation_set)
        named |= {"lesions": self.images.lesions(wildcards)}
        return with_wildcards(prefixed("scored", named), wildcards)

    def _lesion_input(self, cell: str, dataset: str) -> Files:
        mask, source = split_cell(cell)
        named = {"rows": self.images.packed(dataset)["rows"]}
        if self.study.frozen:
            folder = f"results/{{protocol}}/features/{dataset}/{mask}"
            named |= {"features": f"{folder}/features.npy", "features_rows": f"{folder}/manifest.parquet"}
        else:
            named |= self.images.packed(dataset) | self.images.masks_for(mask, dataset)
        if takes_cams(cell):
            named["cams"] = f"results/{{protocol}}/cams/{dataset}/{source}/cams.parquet"
        return named

    def search_params(self, network: str) -> dict:
        """Return what a search worker is given: what its trials depend on, and the numbers of trials and workers."""
        search = self.config["search"]
        own = {"space": self._search_space(network)} | {
            key: search[key] for key in ("seed", "startup_trials", "warmup_epochs")
        }
        return {
            "settings": {"network": self.network_settings(network), "search": own},
            "trials": search["trials"],
            "workers": search["workers"],
        }

    def search_space(self, wildcards) -> dict:
        """Return the hyper-parameters of one search and where each may lie."""
        return self._search_space(wildcards.search.split("/")[0])

    def _search_space(self, network: str) -> dict:
        # A Dice loss has no class weights to be switched on or off.
        space = self.config["search"]["space"]
        return {key: space[key] for key in space if (network, key) != ("segmentation", "weighted_loss")}

    def search_best(self, wildcards) -> str | list:
        """Return the best trial of the search that a settings file is written from; nothing where there is none."""
        network, _, model = wildcards.settings.partition("/")
        if network not in self.study.search.networks:
            return []
        protocol = self.study.search.protocol_of(wildcards.protocol)
        return f"results/{protocol}/search/{network}/{model or self.study.search.baselines[network]}/best.yaml"


def prefixed(prefix: str, files: Files) -> Files:
    """Return named files whose names begin with a prefix."""
    return {f"{prefix}_{name}": paths for name, paths in files.items()}
