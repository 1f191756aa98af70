"""What the image viewer loads first: names, the confusion matrices there are, and the galleries of a study."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from selcn.data.splits.folds import test_rows
from selcn.design.class_names import class_name
from selcn.design.datasets import DATASETS, FURTHER, ROLES, with_names
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.evaluation.failures import FAILED
from selcn.report.tables.models import label_of
from selcn.report.viewer_data import galleries
from selcn.report.viewer_data.names import cell_name, model_names
from selcn.report.viewer_data.predictions import Predictions, known, mean_predictions
from selcn.report.viewer_data.segmentation import dice_of
from selcn.report.viewer_data.subsets import Subset, subsets_of
from selcn.storage.artifacts import read_json, read_table
from selcn.storage.row_arrays import ShardedArray


@dataclass(frozen=True)
class ProtocolResults:
    """The results of one protocol that galleries are made from.

    Attributes
    ----------
    inputs, params
        A job's inputs of this protocol, and its parameters; see `selcn.workflow.inputs.report_images`.
    ranking
        Doubtful labels of every data set: `selcn.evaluation.label_audit.audit.rankings`.
    """

    protocol: str
    inputs: Any
    params: Any
    metrics: Mapping[TrainedNetwork, dict]
    predictions: Predictions
    outcomes: Mapping[str, pd.DataFrame]
    ranking: pd.DataFrame

    @classmethod
    def open(cls, protocol: str, inputs, params, indices: Mapping[str, pd.DataFrame]) -> "ProtocolResults":
        """Read metrics, and over all predictions of each data set's images how wrong networks are about them."""
        predictions = Predictions.open(inputs, params.shown)
        metrics = {model: read_json(path) for model, path in zip(params.shown["models"], inputs.metrics, strict=True)}
        trained = dict(zip(params.shown["networks"], inputs.training_ids, strict=True))
        outcomes = {dataset: predictions.outcomes(dataset, trained) for dataset in indices}
        return cls(protocol, inputs, params, metrics, predictions, outcomes, read_table(inputs.labels))

    def matrices(self) -> list[dict]:
        """Return the confusion matrices with at least one model that did not fail and has images."""
        return [
            {
                "name": subset.script(self.protocol),
                "protocol": self.protocol,
                "task": subset.stage,
                "dataset": subset.dataset,
                "subset": subset.name,
                "title": subset.title,
            }
            for subset in subsets_of()
            if any(self._predicts(model, subset) for model in self.predictions.models(subset))
        ]

    def _predicts(self, model: TrainedNetwork, subset: Subset) -> bool:
        if subset.dataset in ROLES[FURTHER]:
            return any(len(known(table)) for table in self.predictions.tables(model, subset))
        return bool(self.metrics[model]["images"].get(subset.name))

    def worst_segmentations(self, inputs) -> list[dict]:
        """Return the view of the lowest Dice of test images; `inputs` has `truth` and `rows` of the true masks."""
        rows, masks = read_table(inputs.rows), read_table(self.inputs.mask_rows)
        tested = rows["image_id"].isin(test_rows(read_table(self.inputs.splits))["image_id"]) & rows["has_mask"]
        chosen, ids = np.flatnonzero(tested), rows["image_id"]
        dice = dice_of(ShardedArray(self.inputs.masks, masks["image_id"]), ShardedArray(inputs.truth, ids), chosen)
        architecture = read_json(self.inputs.selected)["architecture"]
        ensemble = self.params.ensemble and (masks["fold"] == ALL_FOLDS).all()
        name = label_of("segmentation", f"{architecture}-ensemble" if ensemble else architecture)[0]
        return [galleries.worst_segmentations(self.protocol, name, pd.Series(dice, ids[chosen]))]

    def confident_mistakes(self) -> list[dict]:
        """Return a view for each lesion cell that is compared, of its test set."""
        tested = subsets_of()[0]
        return [
            galleries.confident_mistakes(
                self.protocol, model.model, mean_predictions(self.predictions.tables(model, tested))
            )
            for model in self.predictions.models(tested)
        ]

    def missed_lesions(self) -> list[dict]:
        """Return a view for each symmetry model and lesion cell."""
        views = []
        for model, path in zip(self.params.localised, self.inputs.localisation, strict=True):
            if FAILED in self.metrics[model]:
                continue
            lesion = model.stage == "lesion"
            name = cell_name(model.model) if lesion else f"symmetry model: {model_names([model.model])[model.model]}"
            focus = f"{model.stage}:{model.model}"
            views.append(galleries.missed_lesions(self.protocol, name, focus, read_table(path)))
        return views

    def doubtful_labels(self) -> list[dict]:
        """Return a view for each data set."""
        return [
            galleries.doubtful_labels(self.protocol, dataset, ranking)
            for dataset, ranking in self.ranking.groupby("dataset", sort=False)
        ]


def galleries_of(inputs, protocols: list[ProtocolResults], indices: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Return all galleries.

    Parameters
    ----------
    inputs
        A job's inputs: `hair`, in the order of the data sets; `pairs`; `truth` and `rows` of the true masks.
    """
    hair = zip(indices, map(read_table, inputs.hair), strict=True)
    # Neither depends on a protocol.
    of_datasets = list(protocols[0].ranking.groupby("dataset", sort=False))
    views = {
        "worst_segmentations": [one for results in protocols for one in results.worst_segmentations(inputs)],
        "confident_mistakes": [one for results in protocols for one in results.confident_mistakes()],
        "missed_lesions": [one for results in protocols for one in results.missed_lesions()],
        "most_hair": [galleries.most_hair(dataset, manifest) for dataset, manifest in hair],
        "near_duplicates": galleries.near_duplicates(read_table(inputs.pairs), indices),
        "doubtful_labels": [one for results in protocols for one in results.doubtful_labels()]
        + [galleries.differing_labels(*ranking) for ranking in of_datasets],
        "unusual_images": [galleries.unusual_images(*ranking) for ranking in of_datasets],
    }
    return [
        {"key": key, "title": title, "note": with_names(note), "views": [one for one in views[key] if one["items"]]}
        for key, (title, note) in galleries.TITLES.items()
    ]


def names_of(params, indices: Mapping[str, pd.DataFrame]) -> dict:
    """Return the names of data sets, classes, cells and symmetry models.

    Parameters
    ----------
    params
        `cells`, `symmetry_models`.
    """
    labels = sorted({label for index in indices.values() for label in index["label"].unique()})
    return {
        "datasets": {dataset: DATASETS[dataset] for dataset in indices},
        "classes": {label: class_name(label) for label in labels},
        "cells": {cell: cell_name(cell) for cell in params.cells},
        "models": model_names(params.symmetry_models),
    }


def wrong_shares(protocols: list[ProtocolResults], dataset: str) -> pd.Series:
    """Return the share of the networks of all protocols that get each image of a data set wrong, by image_id."""
    total = pd.DataFrame(columns=["networks", "wrong"], dtype=np.float64)
    for results in protocols:
        one = results.outcomes[dataset]
        total = total.add(
            pd.DataFrame({"networks": one["networks"], "wrong": one["wrong"] * one["networks"]}), fill_value=0
        )
    return total["wrong"] / total["networks"]
