"""Who is trained on, validated on and tested on, split by image: one table of (image, variant) for a data set."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from selcn.data.splits.folds import CROSS_VALIDATION, NO_FOLD, SEARCH
from selcn.data.variants import VARIANTS

COLUMNS = ("image_id", "variant", "lesion_id", "label", "role", CROSS_VALIDATION, SEARCH, "train", "validation")
# Section 5.2: the search is trained on three quarters of the pool and validated on the fourth.
SEARCH_FOLDS = 4
# What rows are given that are neither trained on nor validated on.
IDLE = {CROSS_VALIDATION: NO_FOLD, SEARCH: NO_FOLD, "train": False, "validation": False}


@dataclass(frozen=True)
class SplitSettings:
    """Settings of the splits of one data set.

    Parameters
    ----------
    folds
        Number of folds of the pool; 0 for a data set that is only evaluated on.
    balance
        Whether the pool's classes are balanced towards `cap` rows each.
    seed
        Seed of the split, the balancing and the folds.
    test_share
        Share of the images held out for testing, 0..1.
    cap
        Rows a class of the balanced pool has at most.

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
            raise ValueError(f"folds is {self.folds}; expected at least 2, or 0 for a data set only evaluated on")
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share is {self.test_share}; expected a share between 0 and 1")
        if self.cap < 1:
            raise ValueError(f"cap is {self.cap}; expected at least 1")


def split_by_image(index: pd.DataFrame, settings: SplitSettings) -> pd.DataFrame:
    """Split one data set as the thesis did.

    Parameters
    ----------
    index
        The data set's index; of its columns image_id, lesion_id, label and part are used, in any order of rows.

    Returns
    -------
    pd.DataFrame
        One row an (image_id, variant), sorted by them: lesion_id, label, role ("test", "pool", or "official_test"
        for the images that the data set itself sets apart), fold (int8: the fold that holds the row out for
        validation, -1 for none), search_fold (int8: likewise a quarter of the pool; quarter 0 is held out in the search
        for hyper-parameters), train (bool: may be trained on), validation (bool: counts in its fold's validation).

    Raises
    ------
    ValueError
        A class is too small to be split or folded.
    """
    images = index.sort_values("image_id", ignore_index=True)
    return as_table(_evaluation_only(images) if settings.folds == 0 else _thesis_splits(images, settings), images)


def as_table(rows: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a split, of which lesion and label are still missing, in the order and types of its contract.

    Parameters
    ----------
    images
        Columns image_id, lesion_id, label.
    """
    table = rows.merge(images[["image_id", "lesion_id", "label"]], on="image_id", validate="many_to_one")
    table = table.astype({CROSS_VALIDATION: "int8", SEARCH: "int8", "train": bool, "validation": bool})
    return table.sort_values(["image_id", "variant"], ignore_index=True)[list(COLUMNS)]


def split_images(index: pd.DataFrame, seed: int, test_share: float) -> pd.Series:
    """Give each image its role, splitting by image, stratified by class (section 5.2).

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
    """Draw the rows of a balanced pool (section 5.1).

    A class of more than `cap` images gives `cap` of them, drawn at random. Any other gives all its images, and
    randomly drawn variants of them until there are `cap` rows or no more variants.

    Parameters
    ----------
    pool
        Columns image_id, label.
    cap
        Rows a class has at most.
    rng
        Source of the draws.

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
    """Split by image, and fold the pool after it was balanced.

    The variants of one image therefore lie in different folds, so that a model is validated on copies of what it
    was trained on: a leak of the thesis's own, kept here and absent from the other protocol.
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
    # What the cap left over stays in the table, since its masks and maps are made all the same.
    surplus = originals[~originals["image_id"].isin(rows["image_id"])].assign(role="pool")
    outside = images.loc[roles != "pool", ["image_id"]].assign(variant="original", role=roles[roles != "pool"])
    idle = pd.concat([surplus, outside]).assign(**IDLE)
    return pd.concat([rows, idle], ignore_index=True)


def _evaluation_only(images: pd.DataFrame) -> pd.DataFrame:
    """Give every image the role "test", or "official_test" where the data set itself sets it apart."""
    role = np.where(images["part"] == "test", "official_test", "test")
    return images[["image_id"]].assign(variant="original", role=role, **IDLE)


def require_images(labels: pd.Series, least: int, purpose: str) -> None:
    """Raise a ValueError that names each class of fewer than `least` images."""
    counts = labels.value_counts().sort_index()
    small = counts[counts < least]
    if len(small) or counts.empty:
        found = ", ".join(f"{label} has {count}" for label, count in small.items()) or "there are no images"
        raise ValueError(
            f"too few images for {purpose}: {found}; expected at least {least} of each class. "
            "Add images of the class, leave the class out, or ask for fewer folds"
        )
