"""Predictions of a protocol's networks: means over networks, and how wrong they are about each image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.design.trained_networks import TrainedNetwork
from selcn.evaluation.cross_validation import arrays_of, classes_of
from selcn.evaluation.failures import failures_of
from selcn.report.viewer_data.subsets import Subset, files_of_dataset, model_of
from selcn.storage.artifacts import read_arrow, read_table


@dataclass(frozen=True)
class Predictions:
    """The files of a protocol's predictions, without those of failed models.

    Attributes
    ----------
    files
        Path of each network's predictions, by network and subset.
    """

    files: Mapping[tuple[TrainedNetwork, str], str]

    @classmethod
    def open(cls, inputs, shown: Mapping) -> "Predictions":
        """Return those of a job.

        Parameters
        ----------
        inputs
            Lists of files of one protocol: `predictions` and `metrics`.
        shown
            In the same order what they are of: `predictions`, networks and files; `models`.
        """
        failed = failures_of(shown["models"], inputs.metrics)
        files = dict(zip(shown["predictions"], inputs.predictions, strict=True))
        return cls({key: path for key, path in files.items() if model_of(key[0]) not in failed})

    def models(self, subset: Subset) -> list[TrainedNetwork]:
        """Return the models that predict a subset, in the order of the files."""
        found = (model_of(network) for network, file in self.files if file == subset.file)
        return list(dict.fromkeys(model for model in found if subset.predicted_by(model)))

    def networks(self, model: TrainedNetwork, subset: Subset) -> list[TrainedNetwork]:
        """Return the networks of a model that predict a subset."""
        return [network for network, file in self.files if file == subset.file and model_of(network) == model]

    def tables(self, model: TrainedNetwork, subset: Subset) -> list[pd.DataFrame]:
        """Read the predictions of a model's networks, in their order."""
        return [read_table(self.files[network, subset.file]) for network in self.networks(model, subset)]

    def outcomes(self, dataset: str, trained: Mapping[TrainedNetwork, str]) -> pd.DataFrame:
        """Return how all networks that were not trained on an image predict it: see `outcomes_of`.

        Parameters
        ----------
        trained
            Path of the ids that each network was trained on.
        """

        def unseen() -> Iterable[pd.DataFrame]:
            for subset in files_of_dataset(dataset):
                for (network, file), path in self.files.items():
                    if file == subset.file and subset.predicted_by(network):
                        yield without(read_table(path), read_arrow(trained[network])["image_id"].to_pandas())

        return outcomes_of(unseen())


def without(table: pd.DataFrame, trained: pd.Series) -> pd.DataFrame:
    """Return the predictions of images that a network was not trained on, in no variant and under neither id."""
    return table[~canonical_id(table["image_id"]).isin(canonical_id(trained.drop_duplicates()))]


def originals(table: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of images as they are, not flipped or rotated."""
    return table[table["variant"] == "original"]


def known(table: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of images whose label is one of the network's classes."""
    return table[table["label"].isin(classes_of(table))]


def mean_predictions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the mean probabilities of each image and variant over the networks that predicted it.

    Parameters
    ----------
    tables
        One table of predictions per network, at least one; columns image_id, variant, label, prob_<class>.

    Returns
    -------
    DataFrame
        Sorted by image_id and variant, these columns, and networks (int64: how many predicted it); probabilities
        float64.
    """
    names = [f"prob_{name}" for name in classes_of(tables[0])]
    every = pd.concat([table[["image_id", "variant", "label", *names]] for table in tables], ignore_index=True)
    every = every.astype(dict.fromkeys(names, np.float64))
    grouped = every.groupby(["image_id", "variant"], sort=True)
    return pd.concat([grouped["label"].first(), grouped[names].mean(), grouped.size().rename("networks")], axis=1)[
        ["label", "networks", *names]
    ].reset_index()


def mistakes(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the misclassified images, those of the highest probability first.

    Parameters
    ----------
    predictions
        Columns image_id, label, prob_<class>; every label one of the classes.

    Returns
    -------
    DataFrame
        Columns image_id, label, predicted (the class of the highest probability, not the label), probability (its,
        0..1); the highest first, ties by image_id.
    """
    label, probabilities, classes = arrays_of(predictions)
    predicted = np.asarray(classes)[probabilities.argmax(axis=1)]
    found = predictions[["image_id", "label"]].assign(predicted=predicted, probability=probabilities.max(axis=1))
    return found[predicted != label].sort_values(
        ["probability", "image_id"], ascending=[False, True], ignore_index=True
    )


def outcomes_of(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return how networks predict each image, over all of them.

    Parameters
    ----------
    tables
        One table of predictions per network and subset. Variants, and images of classes that the network does not
        know, are left out.

    Returns
    -------
    DataFrame
        By image_id: networks (number) and wrong (share of them that predict another class than the label, 0..1).
    """
    total = pd.DataFrame(columns=["networks", "wrong"], dtype=np.float64)
    for table in tables:
        rows = known(originals(table))
        label, probabilities, classes = arrays_of(rows)
        columns = {
            "networks": 1.0,
            "wrong": np.asarray(classes)[probabilities.argmax(axis=1)] != label,
        }
        one = pd.DataFrame(columns, index=pd.Index(rows["image_id"], name="image_id")).astype(np.float64)
        total = total.add(one, fill_value=0)
    total["wrong"] /= total["networks"]
    return total.sort_index()
