"""What the sheets of one data set say of one protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from selcn.data.images import read_image
from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.cross_validation import arrays_of, classes_of
from selcn.evaluation.failures import failures_of
from selcn.report.tables.models import label_of
from selcn.report.viewer_data.cams import ChosenCams
from selcn.report.viewer_data.history import Lesions, TrainedFolds, relatives_sentence, role_sentence
from selcn.report.viewer_data.outlines import FRAME, outline_of
from selcn.report.viewer_data.predictions import Predictions, mean_predictions, originals
from selcn.report.viewer_data.segmentation import dice_of
from selcn.report.viewer_data.subsets import files_of_dataset, model_of
from selcn.storage.artifacts import read_table

NETWORKS = {"lesion": "Lesion network", "symmetry": "Symmetry network"}


@dataclass(frozen=True)
class ProtocolSheets:
    """Results of one protocol on the images of one data set that have a sheet.

    Attributes
    ----------
    masks
        Manifest of the masks, by image_id.
    folder
        The folder that the manifest's paths are below.
    symmetry, lesion
        CAMs of each symmetry model and each ablation cell.
    probabilities
        By model, then image: mean probabilities, in per mille, and number of networks.
    classes
        The classes of these probabilities.
    splits
        The rows of the split table of each image.
    lesions
        Lesions and development sets.
    trained
        What the networks of `segmentation`, `symmetry` and those that predict the data set, `predicting`, were trained
        on.
    """

    dataset: str
    stage: str
    masks: pd.DataFrame
    folder: Path
    symmetry: Mapping[str, ChosenCams]
    lesion: Mapping[str, ChosenCams]
    probabilities: Mapping[str, Mapping[str, dict]]
    classes: Sequence[str]
    splits: Mapping[str, pd.DataFrame]
    lesions: Lesions
    trained: Mapping[str, TrainedFolds]

    @classmethod
    def read(cls, dataset: str, image_ids: Sequence[str], inputs, params, groups: pd.DataFrame) -> "ProtocolSheets":
        """Read those of some images; see `selcn.workflow.inputs.report_images` for inputs and parameters."""
        failed = failures_of(params.shown["models"], inputs.metrics)
        splits = dict(zip(params.datasets, map(read_table, inputs.splits), strict=True))
        lesions = Lesions.of(groups, splits)
        own = splits[dataset][splits[dataset]["image_id"].isin(image_ids)]
        predictions = Predictions.open(inputs, params.shown)
        # A cell's CAMs are of its first seed.
        cells = [
            next(net for net in params.shown["networks"] if model_of(net) == cell) for cell in params.shown["cells"]
        ]
        probabilities, classes = probabilities_of(predictions, dataset, image_ids)
        return cls(
            dataset,
            files_of_dataset(dataset)[0].stage,
            read_table(inputs.mask_rows).set_index("image_id"),
            Path(inputs.mask_rows).parent,
            read_cams(params.shown["cam_models"], inputs.cams, failed, image_ids),
            read_cams(cells, inputs.lesion_cams, failed, image_ids),
            probabilities,
            classes,
            dict(iter(own.groupby("image_id"))),
            lesions,
            {
                "segmentation": TrainedFolds.read(inputs.segmentation_trained, lesions),
                "symmetry": TrainedFolds.read(inputs.symmetry_trained, lesions),
                "predicting": TrainedFolds.read(inputs.predicting_trained, lesions),
            },
        )

    def entry(self, image_id: str, truth: np.ndarray | None) -> dict:
        """Return what a sheet says of this protocol; `truth`: the true mask, (S, S), 0 or 1, where known."""
        row = self.masks.loc[image_id]
        mask = (read_image(self.folder / row["seg_path"], row["seg_sha256"])[..., 0] > 0).astype(np.uint8)
        box = [int(row[edge]) for edge in ("x0", "y0", "x1", "y1")]
        dice = None if truth is None else round(float(dice_of(mask[None], truth[None], [0])[0]), 3)
        return {
            "seen": self.seen(image_id),
            "mask": outline_of(mask),
            "box": [round(edge * FRAME / len(mask)) for edge in box] if box[2] > box[0] else None,
            "dice": dice,
            "symmetry": of_image(self.symmetry, image_id),
            "lesion": of_image(self.lesion, image_id),
            "probabilities": {
                "classes": list(self.classes),
                "cells": {name: of[image_id] for name, of in self.probabilities.items() if image_id in of},
            },
        }

    def seen(self, image_id: str) -> list[str]:
        """Return what had seen an image, in sentences."""
        lesion = self.lesions.of_image(image_id)
        predicting = self.trained["predicting"]
        sentences = [
            role_sentence(self.splits[image_id]),
            predicting.sentence(NETWORKS[self.stage], predicting.images, image_id, lesion),
            self.trained["segmentation"].sentence(
                "Mask, by the segmentation network", [int(self.masks.loc[image_id, "fold"])], image_id, lesion
            ),
        ]
        by_fold: dict[int, list[str]] = {}
        for model, cams in self.symmetry.items():
            if image_id in cams.folds:
                by_fold.setdefault(cams.folds[image_id], []).append(label_of("symmetry", model)[1])
        for fold, models in by_fold.items():
            which = f"Symmetry CAMs ({', '.join(models)}), by the network"
            sentences.append(self.trained["symmetry"].sentence(which, [fold], image_id, lesion))
        return [*sentences, relatives_sentence(image_id, self.dataset, self.lesions)]


def of_image(tables: Mapping[str, ChosenCams], image_id: str) -> dict[str, dict]:
    """Return an image's CAM by each model that has one."""
    return {name: cams.entries[image_id] for name, cams in tables.items() if image_id in cams.entries}


def read_cams(
    networks: Sequence[TrainedNetwork], paths: Sequence[str], failed: Mapping, image_ids: Sequence[str]
) -> dict[str, ChosenCams]:
    """Read some images' CAMs by each model that did not fail, by its name; networks have the models' seeds."""
    tables = zip(networks, paths, strict=True)
    return {
        network.model: ChosenCams.read(path, image_ids, network)
        for network, path in tables
        if model_of(network) not in failed
    }


def probabilities_of(
    predictions: Predictions, dataset: str, image_ids: Sequence[str]
) -> tuple[dict[str, dict[str, dict]], list[str]]:
    """Return the mean probabilities of some images by model and image, as a sheet gives them, and the classes."""
    found: dict[str, dict[str, dict]] = {}
    classes: list[str] = []
    for subset in files_of_dataset(dataset):
        for model in predictions.models(subset):
            tables = [originals(table) for table in predictions.tables(model, subset)]
            means = mean_predictions([table[table["image_id"].isin(image_ids)] for table in tables])
            classes = classes_of(means)
            for image_id, networks, row in zip(means["image_id"], means["networks"], arrays_of(means)[1], strict=True):
                entry = {"mean": np.rint(1000 * row).astype(int).tolist(), "of": int(networks)}
                found.setdefault(model.model, {})[image_id] = entry
    return found, classes
