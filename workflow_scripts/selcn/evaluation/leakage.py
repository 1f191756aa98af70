"""Data leakage: images that a model was applied to after training on the image, a copy of it or its lesion.

Independent of the split tables: counted from the ids that each model was trained on, saved beside the model, and from
the lesions, patients and near-duplicates of all images.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.data.splits.folds import SEARCH as SEARCH_FOLD
from selcn.data.splits.folds import training_rows, validation_rows
from selcn.data.splits.patient_groups import by_patient
from selcn.design.datasets import LESION, set_of

_ORACLE = "oracle: "
LEAKS = ("same_image", "copy", "lesion")
PATIENT = "patient"
"""Column of uses that share nothing but the patient, where patients are known; no kind of leakage by lesion."""
COLUMNS = ("artifact", "dataset", "applied_to", "pairs", "images", "images_leaked", *LEAKS)


@dataclass(frozen=True)
class ImageRelations:
    """Lesions, patients and near-duplicates of the images of all data sets.

    Attributes
    ----------
    lesion
        The lesion of each image; the index is the image_id without `_downsampled`.
    copies
        Columns first, second: near-duplicate images, each pair in both orders.
    patient
        The group of the patient's lesions of each image, indexed as `lesion`; None where no data set knows patients.
    """

    lesion: pd.Series
    copies: pd.DataFrame
    patient: pd.Series | None = None

    @classmethod
    def of(
        cls, groups: pd.DataFrame, pairs: pd.DataFrame, indices: Mapping[str, pd.DataFrame] | None = None
    ) -> "ImageRelations":
        """Build from the tables of `duplicates.groups.lesion_groups` and `duplicates.pairs.near_duplicates`.

        Parameters
        ----------
        indices
            The index of each data set whose patients are known.
        """
        sides = [canonical_id(pairs[f"image_id_{side}"]).to_numpy() for side in "ab"]
        copies = pd.concat(
            [pd.DataFrame({"first": a, "second": b}) for a, b in (sides, sides[::-1])], ignore_index=True
        )
        return cls(_by_image(groups), copies, _by_image(by_patient(groups, indices)) if indices else None)


def _by_image(groups: pd.DataFrame) -> pd.Series:
    group = pd.Series(groups["group"].to_numpy(), index=canonical_id(groups["image_id"]).to_numpy())
    return group[~group.index.duplicated()]


def leaks_of(image_ids: pd.Series, trained_on: pd.Series, relations: ImageRelations) -> pd.DataFrame:
    """Return the leakage of each image: whether a model was trained on it, on a copy, or on its lesion.

    Parameters
    ----------
    image_ids
        Images that the model was applied to, (N,).
    trained_on
        Images that it was trained on, in any variant.

    Returns
    -------
    pandas.DataFrame
        N rows; bool columns same_image, copy (a near-duplicate, not the image itself), lesion (another image of the
        lesion, neither the image nor a copy) and, where patients are known, `PATIENT` (another lesion of the patient,
        and none of these).
    """
    applied, seen = canonical_id(image_ids), set(canonical_id(trained_on))
    same = applied.isin(seen).to_numpy()
    copies = relations.copies
    copied = set(copies.loc[copies["second"].isin(seen), "first"])
    copy = applied.isin(copied).to_numpy() & ~same
    lesion = _shared(applied, seen, relations.lesion) & ~same & ~copy
    leaks = pd.DataFrame({"same_image": same, "copy": copy, "lesion": lesion})
    if relations.patient is not None:
        leaks[PATIENT] = _shared(applied, seen, relations.patient) & ~leaks.any(axis=1)
    return leaks


def _shared(applied: pd.Series, seen: set[str], group: pd.Series) -> np.ndarray:
    """Return which images are of the group of an image that was seen."""
    return applied.map(group).isin(set(group.reindex(sorted(seen)).dropna())).to_numpy()


def oracle_artifact(source: str) -> str:
    """Return the artifact of whatever the networks of an oracle control produce: it is given the label by design."""
    return f"{_ORACLE}{source}, given the label"


def given_the_label(table: pd.DataFrame) -> pd.Series:
    """Return which rows of an audit are of oracle controls, bool (N,)."""
    return table["artifact"].str.startswith(_ORACLE)


def leaking(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an audit with leakage; images shared by data sets are none, nor is what oracles are given."""
    return table[(table["images_leaked"] > 0) & _audited(table)]


def sharing_patients(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an audit with uses that share a patient; none where no data set knows patients."""
    return table[(table[PATIENT] > 0) & _audited(table)] if PATIENT in table else table.iloc[:0]


def _audited(table: pd.DataFrame) -> pd.Series:
    return (table["artifact"] != DATA_SET) & ~given_the_label(table)


@dataclass(frozen=True)
class ModelUse:
    """One model applied to a set of images.

    Attributes
    ----------
    artifact
        What it produced, such as "mask", "symmetry CAM" or "lesion prediction".
    dataset
        The data set that the model was trained on.
    applied_to
        The data set or subset that it was applied to.
    image_ids, trained_on
        Images that it was applied to, and images that it was trained on.
    """

    artifact: str
    dataset: str
    applied_to: str
    image_ids: pd.Series
    trained_on: pd.Series


def audit(uses: list[ModelUse], relations: ImageRelations) -> pd.DataFrame:
    """Count the leakage of all uses of models.

    Returns
    -------
    pandas.DataFrame
        A row for each combination of artifact, dataset and applied_to; columns `COLUMNS`: the number of pairs of a
        model and an image, of images, of images with leakage from at least one model, and of pairs with each kind of
        leakage. Where patients are known, a last column `PATIENT`: the pairs that share nothing but the patient.
    """
    rows: dict[tuple[str, str, str], list[pd.DataFrame]] = {}
    for use in uses:
        leaks = leaks_of(use.image_ids, use.trained_on, relations).assign(image_id=use.image_ids.to_numpy())
        rows.setdefault((use.artifact, use.dataset, use.applied_to), []).append(leaks)
    columns = [*COLUMNS, *([] if relations.patient is None else [PATIENT])]
    return pd.DataFrame([_summed(kind, pd.concat(leaks)) for kind, leaks in rows.items()], columns=columns)


def _summed(kind: tuple[str, str, str], leaks: pd.DataFrame) -> Mapping:
    leaked = leaks[leaks[list(LEAKS)].any(axis=1)]
    return {
        **dict(zip(COLUMNS[:3], kind, strict=True)),
        "pairs": len(leaks),
        "images": leaks["image_id"].nunique(),
        "images_leaked": leaked["image_id"].nunique(),
        **{name: int(leaks[name].sum()) for name in (*LEAKS, PATIENT) if name in leaks},
    }


DATA_SET, TEST_SET, SEARCH = "data set", "test set", "search"


def overlaps(splits: Mapping[str, pd.DataFrame], searched: Mapping[str, pd.DataFrame]) -> list[ModelUse]:
    """Return the overlaps of data sets, each as the use of a model trained on one side and applied to the other.

    Parameters
    ----------
    splits
        Split table of each data set.
    searched
        Split tables of the searches whose hyper-parameters are used, by data set; another protocol's where that
        protocol searched.

    Returns
    -------
    list of ModelUse
        `TEST_SET`: each test set against each development set (role `pool`); they must not share lesions. `SEARCH`:
        each test set against the images that each search trained on or was validated on; likewise. `DATA_SET`: every
        other data set (its images of the first lesion set's classes, where it has these) against all of that; they may
        share lesions.
    """
    images = {dataset: table.drop_duplicates("image_id") for dataset, table in splits.items()}
    pools = {dataset: _of(table, ["pool"]) for dataset, table in images.items()}
    tests = {dataset: _of(table, ["test", "official_test"]) for dataset, table in images.items()}
    searches = {dataset: searched_ids(table) for dataset, table in searched.items()}
    lesion_set = set_of(LESION)
    all_of_it = images[lesion_set]
    between = [
        ModelUse(kind, trained, tested, ids, seen)
        for kind, of_datasets in ((TEST_SET, pools), (SEARCH, searches))
        for trained, seen in of_datasets.items()
        for tested, ids in tests.items()
        if len(seen) and len(ids)
    ]
    return between + [
        ModelUse(DATA_SET, lesion_set, dataset, _comparable(table, all_of_it), all_of_it["image_id"])
        for dataset, table in images.items()
        if dataset != lesion_set
    ]


def searched_ids(splits: pd.DataFrame) -> pd.Series:
    """Return the images of a search on a data set: those it trains on, and those that its trials are scored on."""
    rows = pd.concat([training_rows(splits, 0, SEARCH_FOLD), validation_rows(splits, 0, SEARCH_FOLD)])
    return rows["image_id"].drop_duplicates()


def _comparable(images: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    known = images["label"].isin(others["label"])
    return images.loc[known if known.any() else images.index, "image_id"].reset_index(drop=True)


def _of(images: pd.DataFrame, roles: list[str]) -> pd.Series:
    return images.loc[images["role"].isin(roles), "image_id"].reset_index(drop=True)
