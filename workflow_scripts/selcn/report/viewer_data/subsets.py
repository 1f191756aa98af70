"""Predicted images by data set and subset, each with the networks that predict them. Standard library only."""

from typing import NamedTuple

from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork


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


VALIDATION = "validation (out-of-fold predictions)"
SUBSETS = (
    Subset("ham10000", "test", "lesion", "ham10000", "test", "HAM10000, test set"),
    Subset("ham10000", "validation", "lesion", "ham10000", "validation", f"HAM10000, {VALIDATION}"),
    Subset("isic2019", "isic2019", "lesion", "ham10000", "isic2019", "ISIC2019, the seven classes"),
    Subset("isic2019", "isic2019_outside", "lesion", "ham10000", "isic2019", "ISIC2019 outside HAM10000"),
    Subset("isic2016", "test", "lesion", "isic2016", "test", "ISIC2016, test set"),
    Subset("isic2016", "official_test", "lesion", "isic2016", "official_test", "ISIC2016, official test set"),
    Subset("isic2016", "validation", "lesion", "isic2016", "validation", f"ISIC2016, {VALIDATION}"),
    Subset("symderm", "test", "symmetry", "symderm", "test", "SymDerm, test set"),
    Subset("symderm", "validation", "symmetry", "symderm", "validation", f"SymDerm, {VALIDATION}"),
)
"""The confusion matrices, in the order in which they are offered."""


def files_of_dataset(dataset: str) -> list[Subset]:
    """Return the files of predictions of a data set's images, each once."""
    return list({subset.file: subset for subset in SUBSETS if subset.dataset == dataset}.values())


def model_of(network: TrainedNetwork) -> TrainedNetwork:
    """Return a network's model: the networks of all its folds and seeds together."""
    return network._replace(fold=ALL_FOLDS, seed=0)
