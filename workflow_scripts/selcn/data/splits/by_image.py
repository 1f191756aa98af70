"""Splits by image: the training, validation and test rows of a data set, in one table of (image, variant)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from selcn.data.splits.folds import CROSS_VALIDATION, NO_FOLD, SEARCH
from selcn.data.variants import VARIANTS

COLUMNS = ("image_id", "variant", "lesion_id", "label", "role", CROSS_VALIDATION, SEARCH, "train", "validation")
# Section 5.2: the search trains on three quarters of the development set and validates on the fourth.
SEARCH_FOLDS = 4
# Columns of rows used neither for training nor for validation.
IDLE = {CROSS_VALIDATION: NO_FOLD, SEARCH: NO_FOLD, "train": False, "validation": False}


@dataclass(frozen=True)
class SplitSettings:
    """Settings of the splits of one data set.

    Parameters
    ----------
    folds
        Number of folds of the development set; 0 for a data set used for evaluation only.
    balance
        Whether the classes of the development set are balanced towards `cap` rows each.
    seed
        Seed of the split, the balancing and the folds.
    test_share
        Share of the images held out for testing, 0..1.
    cap
        Largest number of rows per class of the balanced development set.

    Raises
    ------
    ValueError
        A value is out of its range.
    """

    folds: int
    balance: bool
    seed: int = 42
    test_share: float = 0.2
    cap: int = 2000

    def __post_init__(self) -> None:
        if self.folds < 0 or self.folds == 1:
            raise ValueError(
                f"folds is {self.folds}; expected at least 2, or 0 for a data set used for evaluation only"
            )
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share is {self.test_share}; expected a share between 0 and 1")
        if self.cap < 1:
            raise ValueError(f"cap is {self.cap}; expected at least 1")


def split_by_image(index: pd.DataFrame, settings: SplitSettings) -> pd.DataFrame:
    """Split one data set as in the thesis.

    Parameters
    ----------
    index
        The data set's index, in any order of rows; columns image_id, lesion_id, label and part are used.

    Returns
    -------
    pd.DataFrame
        One row per (image_id, variant), sorted by them: lesion_id, label, role ("test", "pool" for the development
        set, or "official_test" for the data set's own test set), fold (int8: the fold that holds the row out for
        validation, -1 for none), search_fold (int8: likewise a quarter of the development set; quarter 0 is held out in
        the hyper-parameter search), train (bool: used for training), validation (bool: used for its fold's validation).

    Raises
    ------
    ValueError
        A class is too small to be split or folded.
    """
    images = index.sort_values("image_id", ignore_index=True)
    return as_table(_evaluation_only(images) if settings.folds == 0 else _thesis_splits(images, settings), images)


def as_table(rows: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a split as a split table: with lesion and label, sorted, and with the table's column types.

    Parameters
    ----------
    images
        Columns image_id, lesion_id, label.
    """
    table = rows.merge(images[["image_id", "lesion_id", "label"]], on="image_id", validate="many_to_one")
    table = table.astype({CROSS_VALIDATION: "int8", SEARCH: "int8", "train": bool, "validation": bool})
    return table.sort_values(["image_id", "variant"], ignore_index=True)[list(COLUMNS)]


def split_images(index: pd.DataFrame, seed: int, test_share: float) -> pd.Series:
    """Assign each image its role, splitting by image, stratified by class (section 5.2).

    Parameters
    ----------
    index
        Columns image_id, label, part; the split depends on the order of its rows.
    seed
        Seed of the split.
    test_share
        Share of the images of part "train" that become the test set, 0..1.

    Returns
    -------
    pd.Series
        "pool", "test" or, for images of part "test", "official_test"; the index is that of `index`.

    Raises
    ------
    ValueError
        A class has a single image.
    """
    roles = pd.Series("official_test", index=index.index, name="role")
    ours = index[index["part"] == "train"]
    require_images(ours["label"], 2, "a test set")
    pool, test = train_test_split(ours.index, test_size=test_share, stratify=ours["label"], random_state=seed)
    roles[pool] = "pool"
    roles[test] = "test"
    return roles


def balance(pool: pd.DataFrame, cap: int, rng: np.random.Generator) -> pd.DataFrame:
    """Sample the rows of a balanced development set (section 5.1).

    A class with more than `cap` images contributes `cap` of them, sampled at random. Any other contributes all its
    images, and randomly sampled variants of them until it has `cap` rows or no variants are left.

    Parameters
    ----------
    pool
        Columns image_id, label.
    cap
        Largest number of rows per class.
    rng
        Generator of the samples.

    Returns
    -------
    pd.DataFrame
        Columns image_id, variant; each pair at most once.
    """
    drawn = []
    for _, image_ids in pool.groupby("label", sort=True)["image_id"]:
        images = np.sort(image_ids.to_numpy(dtype=object))
        if len(images) > cap:
            originals = rng.choice(images, cap, replace=False)
            drawn += [(image, "original") for image in originals]
            continue
        copies = [(image, variant) for image in images for variant in VARIANTS[1:]]
        wanted = min(cap - len(images), len(copies))
        drawn += [(image, "original") for image in images]
        drawn += [copies[k] for k in rng.choice(len(copies), wanted, replace=False)]
    return pd.DataFrame(drawn, columns=["image_id", "variant"])


def _thesis_splits(images: pd.DataFrame, settings: SplitSettings) -> pd.DataFrame:
    """Split by image, and divide the development set into folds after balancing.

    Variants of one image therefore fall into different folds, so that models are validated on copies of their training
    images: data leakage in the thesis's protocol, kept here and absent from the leakfree protocol.
    """
    roles = split_images(images, settings.seed, settings.test_share)
    pool = images[roles == "pool"]
    require_images(pool["label"], settings.folds, f"{settings.folds} folds")
    require_images(pool["label"], SEARCH_FOLDS, f"the {SEARCH_FOLDS} quarters of the search")
    originals = pool[["image_id"]].assign(variant="original")
    rows = balance(pool, settings.cap, np.random.default_rng(settings.seed)) if settings.balance else originals
    rows = rows.sort_values(["image_id", "variant"], ignore_index=True)
    labels = rows["image_id"].map(pool.set_index("image_id")["label"])
    for column, folds in ((CROSS_VALIDATION, settings.folds), (SEARCH, SEARCH_FOLDS)):
        folder = StratifiedKFold(folds, shuffle=True, random_state=settings.seed)
        for fold, (_, held_out) in enumerate(folder.split(rows, labels)):
            rows.loc[held_out, column] = fold
    rows = rows.assign(role="pool", train=True, validation=True)
    # Images beyond the cap stay in the table, since their masks and CAMs are computed too.
    surplus = originals[~originals["image_id"].isin(rows["image_id"])].assign(role="pool")
    outside = images.loc[roles != "pool", ["image_id"]].assign(variant="original", role=roles[roles != "pool"])
    idle = pd.concat([surplus, outside]).assign(**IDLE)
    return pd.concat([rows, idle], ignore_index=True)


def _evaluation_only(images: pd.DataFrame) -> pd.DataFrame:
    """Assign every image the role "test", or "official_test" if it is in the data set's own test set."""
    role = np.where(images["part"] == "test", "official_test", "test")
    return images[["image_id"]].assign(variant="original", role=role, **IDLE)


def require_images(labels: pd.Series, least: int, purpose: str) -> None:
    """Raise a ValueError that names each class with fewer than `least` images."""
    counts = labels.value_counts().sort_index()
    small = counts[counts < least]
    if len(small) or counts.empty:
        found = ", ".join(f"{label} has {count}" for label, count in small.items()) or "there are no images"
        raise ValueError(
            f"too few images for {purpose}: {found}; expected at least {least} of each class. "
            "Add images of the class, leave the class out, or ask for fewer folds"
        )
