"""Roles and folds of the lesions of all data sets together (leakfree protocol).

The leakfree protocol splits by lesion, never by image: a lesion with images in several data sets is in the development
set of all of them or in the test set of all of them, and in one fold of each data set. Where patients are known, so are
all lesions of a patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from selcn.data.splits.by_image import SEARCH_FOLDS, require_images
from selcn.data.splits.folds import CROSS_VALIDATION, NO_FOLD, SEARCH
from selcn.data.splits.patient_groups import PATIENT, patient_groups
from selcn.storage.shards import shard_of

COLUMNS = (
    "dataset",
    "image_id",
    "lesion",
    "role",
    CROSS_VALIDATION,
    SEARCH,
    "segmentation_fold",
    "symmetry_fold",
)
# Column of what is divided: the lesions of a patient together, or a lesion.
_UNIT = "unit"


@dataclass(frozen=True)
class LesionSplitSettings:
    """Settings of the split by lesion.

    Parameters
    ----------
    folds
        Number of folds of each training data set, in the order in which the data sets are divided: if two have images
        of the same lesion or patient, the later one adopts its role from the earlier one.
    segmentation, symmetry
        The data sets that the segmentation and the symmetry networks are trained on.
    seed
        Seed of the split.
    test_share
        Share of the lesions held out for testing, 0..1.
    by
        What is divided: "patient", all lesions of one together where patients are known, or "lesion".
    """

    folds: Mapping[str, int]
    segmentation: str
    symmetry: str
    seed: int
    test_share: float
    by: str = "patient"


def assign_lesions(images: pd.DataFrame, settings: LesionSplitSettings) -> pd.DataFrame:
    """Assign roles and folds to the lesions of all data sets.

    Parameters
    ----------
    images
        Columns dataset, image_id, label, part, lesion (the same name wherever it is the same lesion) and, where a data
        set knows its patients, patient_id (null where unknown).

    Returns
    -------
    pandas.DataFrame
        One row per image of each data set, sorted by dataset and image_id; columns `COLUMNS`. role: "pool" (development
        set), "test", or "official_test" for a data set's own test set; in data sets used for evaluation only, "seen"
        instead of "pool". fold and search_fold (int8): the fold that holds the image out, -1 for none.
        segmentation_fold and symmetry_fold (int8): the fold whose network computes the image's mask and CAM, since it
        was not trained on the lesion: the fold that holds the lesion out or, for other lesions, one chosen by a hash.
        Divided by patient, all lesions of one have one role and are held out by one fold.

    Raises
    ------
    ValueError
        A class has too few lesions or patients for the folds.
    """
    images = images.sort_values(["dataset", "image_id"], ignore_index=True)
    by = settings.by if PATIENT in images else "lesion"
    images[_UNIT] = images["lesion"] if by == "lesion" else patient_groups(images["lesion"], images[PATIENT])
    # Lesions and patients with images in an official test set are never used for training.
    roles = dict.fromkeys(images.loc[images["part"] == "test", _UNIT], "test")
    folds: dict[str, dict[str, int]] = {}
    out = images.assign(**{CROSS_VALIDATION: NO_FOLD, SEARCH: NO_FOLD})
    for dataset, count in settings.folds.items():
        ours = images[(images["dataset"] == dataset) & (images["part"] == "train")]
        roles |= _roles_of(ours[~ours[_UNIT].isin(list(roles))], settings)
        pool = ours[ours[_UNIT].map(roles) == "pool"]
        # Count lesions or patients, not images: all images of one are in one fold.
        units = pool.drop_duplicates([_UNIT, "label"])["label"]
        require_images(units, max(count, SEARCH_FOLDS), f"{count} folds of {dataset} by {by}")
        folds[dataset] = _folds_of(pool, count, settings.seed)
        out.loc[pool.index, CROSS_VALIDATION] = pool[_UNIT].map(folds[dataset])
        out.loc[pool.index, SEARCH] = pool[_UNIT].map(_folds_of(pool, SEARCH_FOLDS, settings.seed))
    trained_on = images["dataset"].isin(list(settings.folds))
    role = images[_UNIT].map(roles).fillna("test")
    role = role.mask(~trained_on & (role == "pool"), "seen")
    out["role"] = role.mask(images["part"] == "test", "official_test")
    for name, dataset in (("segmentation", settings.segmentation), ("symmetry", settings.symmetry)):
        out[f"{name}_fold"] = _out_of_fold(images[_UNIT], folds[dataset], settings.folds[dataset])
    kinds = dict.fromkeys((CROSS_VALIDATION, SEARCH, "segmentation_fold", "symmetry_fold"), "int8")
    return out.astype(kinds)[list(COLUMNS)]


def _roles_of(images: pd.DataFrame, settings: LesionSplitSettings) -> dict[str, str]:
    """Return the role of each unit that no earlier data set has; very few are all in the development set."""
    parts = round(1 / settings.test_share)
    if images["label"].value_counts().max() < parts or images[_UNIT].nunique() < parts:
        return dict.fromkeys(images[_UNIT], "pool")
    held_out = {unit for unit, part in _folds_of(images, parts, settings.seed).items() if part == 0}
    return {unit: "test" if unit in held_out else "pool" for unit in images[_UNIT]}


def _folds_of(images: pd.DataFrame, count: int, seed: int) -> dict[str, int]:
    """Divide lesions or patients into parts of about equal size in each class; return the part of each."""
    folder = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    parts: dict[str, int] = {}
    for part, (_, chosen) in enumerate(folder.split(images, images["label"], images[_UNIT])):
        parts |= dict.fromkeys(images[_UNIT].to_numpy()[chosen], part)
    return parts


def _out_of_fold(units: pd.Series, held_out: Mapping[str, int], count: int) -> np.ndarray:
    """Return, for each image, a fold whose network was not trained on its lesion or patient."""
    return np.array([held_out.get(unit, shard_of(unit, count)) for unit in units], dtype=np.int8)
