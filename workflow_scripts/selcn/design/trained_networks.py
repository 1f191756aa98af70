"""Trained networks, by what tells one from another."""

from typing import NamedTuple

ALL_FOLDS = -1
"""In place of a fold: the networks of all folds together."""


class TrainedNetwork(NamedTuple):
    """A trained network of a study; of one protocol, which is not repeated here.

    Attributes
    ----------
    stage
        `segmentation`, `backbone`, `symmetry` or `lesion`.
    dataset
        The data set that it is trained on.
    model
        Its architecture, backbone, symmetry model or ablation cell.
    fold
        The fold that it is validated on.
    seed
        The seed of a lesion network; 0 in the other stages, which have one.
    """

    stage: str
    dataset: str
    model: str
    fold: int
    seed: int = 0
