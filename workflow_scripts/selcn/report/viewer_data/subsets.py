"""Predicted images by data set and subset, each with the networks that predict them. Standard library only."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from selcn.design.datasets import DATASETS, EXTERNAL, FURTHER, LESION, ROLES, SYMMETRY, set_of
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.report.tables.data_sets import Roles


class Subset(NamedTuple):
    """The images of one confusion matrix.

    Attributes
    ----------
    dataset
        The data set that the images are of.
    name
        Its key in metrics.json.
    stage, trained_on
        The networks that predict them: `lesion` or `symmetry`, and their training data set.
    file
        Name of the networks' files of predictions.
    title
        What people read.
    """

    dataset: str
    name: str
    stage: str
    trained_on: str
    file: str
    title: str

    def script(self, protocol: str) -> str:
        """Return the script's path below results/report, without `.js`."""
        return f"matrices/{protocol}-{self.dataset}-{self.name}"

    def predicted_by(self, model: TrainedNetwork) -> bool:
        """Return whether a model, or a network of it, predicts these images."""
        return (model.stage, model.dataset) == (self.stage, self.trained_on)


_SUBSETS = {
    "test": "test set",
    "official_test": "official test set",
    "validation": "validation (out-of-fold predictions)",
}


def subsets_of(roles: Roles = ROLES, names: Mapping[str, str] = DATASETS) -> list[Subset]:
    """Return the confusion matrices, in the order in which they are offered.

    Parameters
    ----------
    roles, names
        The study's, see `selcn.design.datasets`.
    """
    first, *further = roles[LESION]
    external, symmetry = set_of(EXTERNAL, roles), set_of(SYMMETRY, roles)

    def own(dataset: str, stage: str, *subsets: str) -> list[Subset]:
        titles = {name: f"{names[dataset]}, {_SUBSETS[name]}" for name in subsets}
        return [Subset(dataset, name, stage, dataset, name, title) for name, title in titles.items()]

    found = own(first, "lesion", "test", "validation")
    if external:
        title = names[external]
        found.append(Subset(external, external, "lesion", first, external, f"{title}, the seven classes"))
        outside = f"{title} outside {names[first]}"
        found.append(Subset(external, f"{external}_outside", "lesion", first, external, outside))
    for dataset in roles[FURTHER]:
        found.append(Subset(dataset, dataset, "lesion", first, dataset, f"{names[dataset]}, the networks' classes"))
    for dataset in further:
        found += own(dataset, "lesion", "test", "official_test", "validation")
    return found + own(symmetry, "symmetry", "test", "validation")


def shown_sets(subsets: Iterable[Subset]) -> list[str]:
    """Return the data sets that networks predict images of, in the order of the confusion matrices."""
    return list(dict.fromkeys(subset.dataset for subset in subsets))


def files_of_dataset(dataset: str, roles: Roles = ROLES, names: Mapping[str, str] = DATASETS) -> list[Subset]:
    """Return the files of predictions of a data set's images, each once."""
    return list({subset.file: subset for subset in subsets_of(roles, names) if subset.dataset == dataset}.values())


def model_of(network: TrainedNetwork) -> TrainedNetwork:
    """Return a network's model: the networks of all its folds and seeds together."""
    return network._replace(fold=ALL_FOLDS, seed=0)
