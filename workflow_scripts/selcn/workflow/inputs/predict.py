"""Input functions of predictions of a folder of images."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from selcn.prediction.files import digest_of, list_images, name_of_folder
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.paths import Files, expand, numbers

PREDICT = "results/predict"
TABLES = ("predictions.csv", "predictions.parquet", "rejected.csv", "index.html", "images.js")
"""What is written for a cell."""
# Folders of a study, in the working directory, that are no part of the images around them.
_OWN = ("results", "work", "logs")


@dataclass(frozen=True)
class PredictInputs:
    """Input functions for the predictions of the folder `images` of the configuration, which is not null."""

    images: ImageInputs

    @property
    def settings(self) -> Mapping:
        """The section `predict` of the configuration."""
        return self.images.config["predict"]

    @cached_property
    def folder(self) -> str:
        """The folder of images, relative to the working directory or absolute."""
        return self.images.from_clone(self.images.config["images"])

    @cached_property
    def place(self) -> str:
        """The folder of the results."""
        return f"{PREDICT}/{name_of_folder(os.path.abspath(self.folder))}"

    @property
    def shards(self) -> list[str]:
        """The shards of the images."""
        return numbers(range(self.settings["shards"]))

    def targets(self) -> list[str]:
        """Return the page of every cell's predictions."""
        return expand(f"{self.place}/{{cell}}/index.html", cell=self.settings["cells"])

    def bundle(self) -> str:
        """Return the metadata of a cell's bundle."""
        return f"results/{self.settings['protocol']}/bundle/{{cell}}/metadata.json"

    def of_shards(self) -> Files:
        """Return the tables of a cell's shards."""
        return {
            name: expand(f"{self.place}/{{cell}}/shard-{{shard}}/{name}.parquet", shard=self.shards)
            for name in ("predictions", "rejected")
        }

    def digest(self, wildcards) -> str:
        """Return a digest of the folder's files; when a job needs it, since a large folder takes a second."""
        return digest_of(list_images(self.folder, self.left_out()))

    def left_out(self) -> list[str]:
        """Return the study's own folders, which are no images."""
        return list(_OWN)

    def limits(self) -> dict:
        """Return the sizes of usable images."""
        return {key: self.images.config[key] for key in ("minimum_size", "maximum_pixels")}
