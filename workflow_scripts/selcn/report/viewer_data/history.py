"""What had seen an image before it was predicted, in sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.data.splits.folds import NO_FOLD
from selcn.design.datasets import DATASETS
from selcn.design.trained_networks import ALL_FOLDS
from selcn.report.answers.words import listed
from selcn.storage.artifacts import read_arrow

# Further images of a lesion that are named.
NAMED = 5
ROLES = {
    "test": "In the test set.",
    "official_test": "In the official test set.",
    "seen": "Not tested on: its lesion is in the development set of another data set.",
}


@dataclass(frozen=True)
class Lesions:
    """The lesions of all data sets, and which of their images are in a development set.

    Attributes
    ----------
    groups
        The lesion of each image, by its id without `_downsampled`.
    developed
        Data set and id of the images of each lesion that are in the development set of their data set.
    """

    groups: Mapping[str, str]
    developed: Mapping[str, list[tuple[str, str]]]

    @classmethod
    def of(cls, groups: pd.DataFrame, splits: Mapping[str, pd.DataFrame]) -> "Lesions":
        """Return those of the table of lesions and one protocol's split table of each data set."""
        known = dict(zip(canonical_id(groups["image_id"]), groups["group"], strict=True))
        developed: dict[str, list[tuple[str, str]]] = {}
        for dataset, table in splits.items():
            for image_id in table.loc[table["role"] == "pool", "image_id"].unique():
                developed.setdefault(known[plain(image_id)], []).append((dataset, image_id))
        return cls(known, developed)

    def of_image(self, image_id: str) -> str:
        """Return an image's lesion."""
        return self.groups[plain(image_id)]


@dataclass(frozen=True)
class TrainedFolds:
    """The images and lesions that the networks of each fold were trained on.

    Attributes
    ----------
    images, lesions
        Sets of ids without `_downsampled` and of lesions, by fold.
    """

    images: Mapping[int, set[str]]
    lesions: Mapping[int, set[str]]

    @classmethod
    def read(cls, paths: Iterable[str], lesions: Lesions) -> "TrainedFolds":
        """Read the ids that the networks of folds 0, 1, ... were trained on."""
        images = {
            fold: set(canonical_id(read_arrow(path)["image_id"].to_pandas().drop_duplicates()))
            for fold, path in enumerate(paths)
        }
        return cls(images, {fold: {lesions.groups[name] for name in names} for fold, names in images.items()})

    def sentence(self, network: str, folds: Iterable[int], image_id: str, lesion: str) -> str:
        """Return which of some folds' networks were trained on an image or its lesion; `ALL_FOLDS`: of every fold."""
        every = [fold for given in folds for fold in (self.images if given == ALL_FOLDS else [given])]
        kinds: dict[str, list[int]] = {}
        for fold in every:
            kinds.setdefault(self._kind(fold, image_id, lesion), []).append(fold)
        clauses = [f"of {folds_in_words(found)}: {kind}" for kind, found in kinds.items()]
        return f"{network}{'s' * (len(every) > 1)} {'; '.join(clauses)}."

    def _kind(self, fold: int, image_id: str, lesion: str) -> str:
        if plain(image_id) in self.images[fold]:
            return "trained on this image"
        return "trained on another image of its lesion" if lesion in self.lesions[fold] else "not trained on its lesion"


def role_sentence(rows: pd.DataFrame) -> str:
    """Return an image's role and the folds that hold it out.

    Parameters
    ----------
    rows
        The image's rows of the split table; columns variant, role, fold.
    """
    role = rows["role"].iloc[0]
    if role in ROLES:
        return ROLES[role]
    folded = rows[rows["fold"] != NO_FOLD]
    if folded.empty:
        return "In the development set, but left out when its classes were balanced."
    variants = {int(fold): list(group) for fold, group in folded.groupby("fold")["variant"]}
    if len(folded) == 1:
        return f"In the development set, held out for validation in fold {next(iter(variants))}."
    parts = [f"{fold} ({', '.join(names)})" for fold, names in variants.items()]
    return (
        f"In the development set, its variants held out for validation in fold{'s' * (len(parts) > 1)} {listed(parts)}."
    )


def relatives_sentence(image_id: str, dataset: str, lesions: Lesions) -> str:
    """Return which copies of an image and other images of its lesion are in a development set."""
    found = lesions.developed.get(lesions.of_image(image_id), [])
    copies = [place for place, other in found if plain(other) == plain(image_id) and place != dataset]
    others = [f"{other} ({DATASETS[place]})" for place, other in found if plain(other) != plain(image_id)]
    if not copies and not others:
        return "No copy of it and no other image of its lesion is in a development set."
    parts = [f"a copy of it ({listed([DATASETS[place] for place in copies])})"] if copies else []
    named = others[:NAMED] + ([f"{len(others) - NAMED} more"] if len(others) > NAMED else [])
    parts += [f"other images of its lesion: {listed(named)}"] if others else []
    return f"In a development set: {'; '.join(parts)}."


def folds_in_words(folds: Sequence[int]) -> str:
    """Return folds in words: fold 2, folds 0 and 1."""
    return f"fold{'s' * (len(folds) > 1)} {listed([str(fold) for fold in sorted(folds)])}"


def plain(image_id: str) -> str:
    """Return an image id without `_downsampled`; see `selcn.data.duplicates.pairs.canonical_id`."""
    return image_id.removesuffix("_downsampled")
