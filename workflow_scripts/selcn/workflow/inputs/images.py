"""Input functions for data sets: label tables, shards, packed images, masks and splits."""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from selcn.data.datasets.sources import label_files
from selcn.design.cells import MASKS
from selcn.workflow.paths import Files, expand, fill, filled, values_of, with_wildcards
from selcn.workflow.study import Study

PACKED = "results/packed/{dataset}"
KEYPOINTS = "results/lesions/keypoints/{dataset}"
MASKED = "results/{protocol}/masks/{dataset}"


@dataclass(frozen=True)
class ImageInputs:
    """Input functions for the images of one study.

    Functions of `wildcards` are given to rules as they are; the others return paths, in which `{protocol}` stays.

    Attributes
    ----------
    clone
        The folder of the Snakefile, to which the configuration's paths are relative.
    """

    study: Study
    clone: Path

    @property
    def config(self) -> Mapping:
        """The configuration."""
        return self.study.config

    # Data sets.

    def from_clone(self, path: str) -> str:
        """Return a path of the configuration relative to the working directory."""
        return path if os.path.isabs(path) else os.path.relpath(self.clone / path)

    def label_tables(self, wildcards) -> str | list[str]:
        """Return the files that say what a data set holds."""
        return self.label_tables_of(wildcards.dataset)

    def symmetry_label_tables(self, wildcards) -> str | list[str]:
        """Return the same of the symmetry set; when a job needs them, since missing files are refused by name."""
        return self.label_tables_of(self.study.symmetry_set)

    def label_tables_of(self, dataset: str) -> str | list[str]:
        """Return the files that say what a data set holds; in the demo the list of all generated files."""
        declaration = self.study.declarations[dataset]
        declared = declaration.files
        if self.study.demo and declared is None:
            return "data/manifest.json"
        folder, layout = self.from_clone(self.config["data"][dataset]["folder"]), declaration.reader or dataset
        return [str(path) for path in label_files(layout, folder, self.image_folders(dataset), declared)]

    def image_folders(self, dataset: str) -> list[str]:
        """Return the further folders of a data set's images."""
        return [self.from_clone(folder) for folder in self.config["data"][dataset]["image_folders"]]

    def source_settings(self, wildcards) -> dict:
        """Return where a data set lies and which images are taken."""
        return self.source_settings_of(wildcards.dataset)

    def symmetry_source(self, wildcards) -> dict:
        """Return the same of the symmetry set."""
        return self.source_settings_of(self.study.symmetry_set)

    def source_settings_of(self, dataset: str) -> dict:
        """Return where a data set lies and which images are taken."""
        source = self.config["data"][dataset]
        masks = source.get("mask_folders")
        return {
            "dataset": dataset,
            "folder": self.from_clone(source["folder"]),
            "image_folders": self.image_folders(dataset),
            "mask_folders": None if masks is None else [self.from_clone(folder) for folder in masks],
            "limit_per_class": source["limit_per_class"],
            **{key: self.config[key] for key in ("on_rejected", "minimum_size", "maximum_pixels")},
            "masked": dataset == self.study.segmentation_set,
            **self.study.declarations[dataset].layout,
        }

    # Shards, packed images and masks.

    def every_shard(self, pattern: str) -> Callable:
        """Return the input function of a pattern's files of every shard of a CPU stage."""
        return self._shards_of(pattern, self.study.shards)

    def every_gpu_shard(self, pattern: str) -> Callable:
        """Return the input function of a pattern's files of every shard of a GPU stage."""
        return self._shards_of(pattern, self.study.gpu_shards)

    @staticmethod
    def _shards_of(pattern: str, shards: Mapping[str, int]) -> Callable:
        def files(wildcards) -> list[str]:
            return filled(expand(pattern, shard=range(shards[wildcards.dataset])), wildcards)

        return files

    def shard(self, wildcards) -> dict:
        """Return the shard of a job of a CPU stage."""
        return self._shard(wildcards, "shards")

    def gpu_shard(self, wildcards) -> dict:
        """Return the shard of a job of a GPU stage."""
        return self._shard(wildcards, "gpu_shards") | {"key": "gpu_shards"}

    def _shard(self, wildcards, key: str) -> dict:
        shard, shards = int(wildcards.shard), self.config["data"][wildcards.dataset][key]
        if shard >= shards:
            raise ValueError(
                f"{wildcards.dataset} has no shard {shard}: data.{wildcards.dataset}.{key} is {shards}, so that the "
                f"last one to ask for is shard {shards - 1}"
            )
        return {"shard": shard, "shards": shards, "dataset": wildcards.dataset}

    def packed_shards(self, wildcards) -> Files:
        """Return the packed shards in which images of a GPU stage's shard may lie."""
        dataset, of = wildcards.dataset, self.study
        shards = sharing_images(int(wildcards.shard), of.gpu_shards[dataset], of.shards[dataset])
        named = {"images": "images.npy", "rows": "manifest.parquet"}
        return {
            name: expand(f"{PACKED}/shard-{{shard}}/{file}", dataset=dataset, shard=shards)
            for name, file in named.items()
        }

    def packed(self, dataset: str) -> Files:
        """Return the packed images of a data set and their manifest."""
        return {
            "images": self._shard_files(PACKED, dataset, "images.npy"),
            "rows": fill(f"{PACKED}/manifest.parquet", {"dataset": dataset}),
        }

    def true_masks(self, dataset: str) -> list[str]:
        """Return the packed true masks of a data set."""
        return self._shard_files(PACKED, dataset, "masks.npy")

    def _shard_files(self, folder: str, dataset: str, name: str) -> list[str]:
        shards = range(self.study.shards[dataset])
        return expand(f"{folder}/shard-{{shard}}/{name}", dataset=dataset, shard=shards)

    def packed_of_all(self) -> Files:
        """Return the packed images of all data sets and their manifests, each named after its data set."""
        return self.packed_of(self.study.datasets)

    def packed_of(self, datasets: Iterable[str]) -> Files:
        """Return the same of some data sets."""
        return {f"{dataset}_{name}": files for dataset in datasets for name, files in self.packed(dataset).items()}

    def keypoints_of_all(self) -> Files:
        """Return the keypoints of all data sets and their manifests, each named after its data set."""
        return self.keypoints_of(self.study.datasets)

    def keypoints_of(self, datasets: Iterable[str]) -> Files:
        """Return the same of some data sets."""
        return {
            name: files
            for dataset in datasets
            for name, files in (
                (f"{dataset}_keypoints", self._shard_files(KEYPOINTS, dataset, "keypoints.npy")),
                (f"{dataset}_keypoint_rows", fill(f"{KEYPOINTS}/manifest.parquet", {"dataset": dataset})),
            )
        }

    def matches(self) -> list[str]:
        """Return the compared candidates of all parts."""
        return expand("results/lesions/matches/part-{part}/matches.parquet", part=self.study.wildcards["part"])

    def judged_pairs(self) -> Files:
        """Return the configured lists of pairs of images that are judged already."""
        keys = {"listed": "known_pairs", "confirmed": "confirmed", "rejected": "rejected"}
        paths = {name: self.config["duplicates"][key] for name, key in keys.items()}
        return {name: self.from_clone(path) for name, path in paths.items() if path is not None}

    def masks_for(self, mask: str, dataset: str) -> Files:
        """Return the masks to lay over a data set's images; nothing where they stay whole."""
        if mask == "none":
            return {}
        rows: Files = {"mask_rows": fill(f"{MASKED}/manifest.parquet", {"dataset": dataset})}
        if mask == "lae":
            return rows
        shards = range(self.study.gpu_shards[dataset])
        return rows | {"masks": expand(f"{MASKED}/shard-{{shard}}/masks.npy", dataset=dataset, shard=shards)}

    def shard_masks(self, wildcards) -> Files:
        """Return the masks to lay over one shard's images for a symmetry model."""
        mask = mask_of_model(wildcards.cam_model)
        files = {"mask_rows": "manifest.parquet"} | ({"masks": "masks.npy"} if mask == "seg" else {})
        folder = fill(f"{MASKED}/shard-{{shard}}", values_of(wildcards))
        return {} if mask == "none" else {name: f"{folder}/{file}" for name, file in files.items()}

    def encoded_images(self, wildcards) -> Files:
        """Return the packed images, and the masks over them, that a frozen encoder is applied to."""
        return self.packed(wildcards.dataset) | with_wildcards(
            self.masks_for(wildcards.mask, wildcards.dataset), wildcards
        )

    @staticmethod
    def lesions(wildcards) -> str | list:
        """Return the table of which fold's networks may be applied to whose images; the leakfree protocol has one."""
        return "results/leakfree/lesions.parquet" if wildcards.protocol == "leakfree" else []

    def split_settings(self, wildcards) -> dict:
        """Return how a data set is split by image."""
        # By lesion or by patient is a question of the leakfree protocol.
        split = {key: value for key, value in self.config["split"].items() if key != "by"}
        return {**split, **self.study.splits[wildcards.dataset]}

    def lesion_split_settings(self, wildcards) -> dict:
        """Return how a data set is split by lesion."""
        balanced = self.study.splits[wildcards.dataset]["balance"]
        return {"cap": self.config["split"]["cap"] if balanced else None, "seed": self.config["split"]["seed"]}


def mask_of_model(model: str) -> str:
    """Return the mask on the input of a network of the symmetry set; three of them are named after theirs."""
    return model if model in MASKS else "none"


def sharing_images(shard: int, shards: int, others: int) -> range:
    """Return those of another number of shards that may have images of a shard.

    An image's shards are the remainders of one number, so they are equal modulo any common divisor of both counts.
    """
    divisor = math.gcd(shards, others)
    return range(shard % divisor, others, divisor)
