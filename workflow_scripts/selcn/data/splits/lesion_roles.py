"""Roles and folds of the lesions of all data sets together (leakfree protocol).

The leakfree protocol splits by lesion, never by image: a lesion with images in several data sets is in the development
set of all of them or in the test set of all of them, and in one fold of each data set.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from selcn.data.splits.by_image import SEARCH_FOLDS, require_images
from selcn.data.splits.folds import CROSS_VALIDATION, NO_FOLD, SEARCH
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


@dataclass(frozen=True)
class LesionSplitSettings:
    """Settings of the split by lesion.

    Parameters
    ----------
    folds
        Number of folds of each training data set, in the order in which the data sets are divided: if two have images
        of the same lesion, the later one adopts its role from the earlier one.
    segmentation, symmetry
        The data sets that the segmentation and the symmetry networks are trained on.
    seed
        Seed of the split.
    test_share
        Share of the lesions held out for testing, 0..1.
    """

    folds: Mapping[str, int]
    segmentation: str
    symmetry: str
    seed: int
    test_share: float


def assign_lesions(images: pd.DataFrame, settings: LesionSplitSettings) -> pd.DataFrame:
    """Assign roles and folds to the lesions of all data sets.

    Parameters
    ----------
    images
        Columns dataset, image_id, label, part, lesion (the same name wherever it is the same lesion).

    Returns
    -------
    pandas.DataFrame
        One row per image of each data set, sorted by dataset and image_id; columns `COLUMNS`. role: "pool" (development
        set), "test", or "official_test" for a data set's own test set; in data sets used for evaluation only, "seen"
        instead of "pool". fold and search_fold (int8): the fold that holds the image out, -1 for none.
        segmentation_fold and symmetry_fold (int8): the fold whose network computes the image's mask and CAM, since it
        was not trained on the lesion: the fold that holds the lesion out or, for other lesions, one chosen by a hash.

    Raises
    ------
    ValueError
        A class has too few lesions for the folds.
    """
    images = images.sort_values(["dataset", "image_id"], ignore_index=True)
    # Lesions with images in an official test set are never used for training.
    roles = dict.fromkeys(images.loc[images["part"] == "test", "lesion"], "test")
    folds: dict[str, dict[str, int]] = {}
    out = images.assign(**{CROSS_VALIDATION: NO_FOLD, SEARCH: NO_FOLD})
    for dataset, count in settings.folds.items():
        ours = images[(images["dataset"] == dataset) & (images["part"] == "train")]
        roles |= _roles_of(ours[~ours["lesion"].isin(list(roles))], settings)
        pool = ours[ours["lesion"].map(roles) == "pool"]
        # Count lesions, not images: all images of a lesion are in one fold.
        lesions = pool.drop_duplicates(["lesion", "label"])["label"]
        require_images(lesions, max(count, SEARCH_FOLDS), f"{count} folds of {dataset} by lesion")
        folds[dataset] = _folds_of(pool, count, settings.seed)
        out.loc[pool.index, CROSS_VALIDATION] = pool["lesion"].map(folds[dataset])
        out.loc[pool.index, SEARCH] = pool["lesion"].map(_folds_of(pool, SEARCH_FOLDS, settings.seed))
    trained_on = images["dataset"].isin(list(settings.folds))
    role = images["lesion"].map(roles).fillna("test")
    role = role.mask(~trained_on & (role == "pool"), "seen")
    out["role"] = role.mask(images["part"] == "test", "official_test")
    for name, dataset in (("segmentation", settings.segmentation), ("symmetry", settings.symmetry)):
        out[f"{name}_fold"] = _out_of_fold(images["lesion"], folds[dataset], settings.folds[dataset])
    kinds = dict.fromkeys((CROSS_VALIDATION, SEARCH, "segmentation_fold", "symmetry_fold"), "int8")
    return out.astype(kinds)[list(COLUMNS)]


def _roles_of(images: pd.DataFrame, settings: LesionSplitSettings) -> dict[str, str]:
    """Return the role of each lesion that no earlier data set has; very few lesions are all in the development set."""
    parts = round(1 / settings.test_share)
    if images["label"].value_counts().max() < parts or images["lesion"].nunique() < parts:
        return dict.fromkeys(images["lesion"], "pool")
    held_out = {lesion for lesion, part in _folds_of(images, parts, settings.seed).items() if part == 0}
    return {lesion: "test" if lesion in held_out else "pool" for lesion in images["lesion"]}


def _folds_of(images: pd.DataFrame, count: int, seed: int) -> dict[str, int]:
    """Divide lesions into parts of about equal size in each class; return each lesion's part."""
    folder = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    parts: dict[str, int] = {}
    for part, (_, chosen) in enumerate(folder.split(images, images["label"], images["lesion"])):
        parts |= dict.fromkeys(images["lesion"].to_numpy()[chosen], part)
    return parts


def _out_of_fold(lesions: pd.Series, held_out: Mapping[str, int], count: int) -> np.ndarray:
    """Return, for each image, a fold whose network was not trained on its lesion."""
    return np.array([held_out.get(lesion, shard_of(lesion, count)) for lesion in lesions], dtype=np.int8)
