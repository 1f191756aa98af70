"""The label audit of a study: what is known of the images of every data set, and their ranking."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.evaluation.label_audit.conflicts import label_conflicts
from selcn.evaluation.label_audit.neighbours import neighbour_shares, pooled_features
from selcn.evaluation.label_audit.out_of_fold import mean_out_of_fold
from selcn.evaluation.label_audit.ranking import rank_labels
from selcn.storage.artifacts import read_arrow, read_table


@dataclass(frozen=True)
class StudyLabels:
    """The labels of a study and the evidence on them, in one protocol.

    Attributes
    ----------
    images
        The images of all data sets: dataset, image_id, label, group (the lesion), appearance, appearance_of.
    predictions
        Of each data set its files of predictions, each with the file of the ids that its network was trained on.
    features
        Files of features and of their manifest, of each data set that has any.
    """

    images: pd.DataFrame
    predictions: Mapping[str, list[tuple[str, str]]]
    features: Mapping[str, tuple[str, str]]

    @classmethod
    def open(cls, inputs, params, failed: Collection[tuple[str, str]]) -> "StudyLabels":
        """Return the labels of a job of rule `audit_labels`.

        Parameters
        ----------
        failed
            Data set and model of the networks that failed, which say nothing of a label.
        """
        labels = [
            read_table(path)[["image_id", "label"]].assign(dataset=dataset)
            for dataset, path in zip(params.datasets, inputs.indices, strict=True)
        ]
        images = pd.concat(labels, ignore_index=True)
        appearance = read_table(inputs.appearance)[["dataset", "image_id", "appearance", "appearance_of"]]
        for table in (read_table(inputs.groups), appearance):
            images = images.merge(table, on=["dataset", "image_id"], how="left", validate="one_to_one")
        predictions: dict[str, list[tuple[str, str]]] = {dataset: [] for dataset in params.datasets}
        for (dataset, network, _), *paths in zip(params.predictions, inputs.predictions, inputs.trained, strict=True):
            if (network.dataset, network.model) not in failed:
                predictions[dataset].append((paths[0], paths[1]))
        features = zip(inputs.features, inputs.features_rows, strict=True)
        return cls(images, predictions, dict(zip(params.encoded, features, strict=True)))

    @property
    def groups(self) -> pd.Series:
        """The lesion of each image, by its id without `_downsampled`."""
        groups = pd.Series(self.images["group"].to_numpy(), index=canonical_id(self.images["image_id"]).to_numpy())
        return groups[~groups.index.duplicated()]

    def tables(self, dataset: str) -> Iterator[tuple[pd.DataFrame, pd.Series]]:
        """Read each network's predictions of a data set, and the ids that it was trained on."""
        for predictions, trained in self.predictions[dataset]:
            yield read_table(predictions), read_arrow(trained)["image_id"].to_pandas()

    def neighbours(self, dataset: str, count: int) -> pd.DataFrame:
        """Return the share of each class among the nearest images, by image_id; empty without features."""
        if dataset not in self.features:
            return pd.DataFrame()
        image_ids, features = pooled_features(*self.features[dataset])
        images = self.images[self.images["dataset"] == dataset].set_index("image_id").loc[image_ids]
        column, classes = pd.factorize(images["label"], sort=True)
        shares = neighbour_shares(features, column, images["group"].to_numpy(), len(classes), count)
        return pd.DataFrame(shares, index=images.index, columns=[f"prob_{name}" for name in classes])


def rankings(study: StudyLabels, neighbours: int, same_labels: Sequence[Sequence[str]] = ()) -> pd.DataFrame:
    """Return the ranking of every data set, one after the other.

    Parameters
    ----------
    neighbours
        Number of nearest images that count.
    same_labels
        Groups of data sets with the same classes.

    Returns
    -------
    DataFrame
        Column dataset and those of `ranking.rank_labels`.
    """
    images = study.images.join(label_conflicts(study.images, same_labels))
    groups, parts = study.groups, []
    for dataset in images["dataset"].unique():
        of_dataset = images[images["dataset"] == dataset].reset_index(drop=True)
        predictions = mean_out_of_fold(study.tables(dataset), groups)
        ranked = rank_labels(of_dataset, predictions, study.neighbours(dataset, neighbours))
        ranked.insert(0, "dataset", dataset)
        parts.append(ranked)
    return pd.concat(parts, ignore_index=True).astype({"lesion_share": np.float64})
