"""Who had seen what: for all that a result rests on, whether its model was trained on the image, a copy, its lesion.

It trusts nobody: it is counted from the ids of the rows that each model was trained on, which lie beside the model, and
from what is known of the photographs, not from the split tables that should have kept them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from selcn.data.duplicates.pairs import canonical_id

LEAKS = ("same_image", "copy", "lesion")
COLUMNS = ("artifact", "dataset", "applied_to", "pairs", "images", "images_leaked", *LEAKS)


@dataclass(frozen=True)
class Photographs:
    """What is known of the photographs of all data sets.

    Attributes
    ----------
    lesion
        The lesion of each photograph, the photograph the index.
    copies
        Columns first, second: photographs that are near-duplicates, each pair both ways round.
    """

    lesion: pd.Series
    copies: pd.DataFrame

    @classmethod
    def known(cls, groups: pd.DataFrame, pairs: pd.DataFrame) -> "Photographs":
        """Take in `selcn.data.duplicates.groups.lesion_groups` and `selcn.data.duplicates.pairs.near_duplicates`."""
        photograph = canonical_id(groups["image_id"])
        lesion = pd.Series(groups["group"].to_numpy(), index=photograph.to_numpy())
        sides = [canonical_id(pairs[f"image_id_{side}"]).to_numpy() for side in "ab"]
        copies = pd.concat(
            [pd.DataFrame({"first": a, "second": b}) for a, b in (sides, sides[::-1])], ignore_index=True
        )
        return cls(lesion[~lesion.index.duplicated()], copies)


def leaks_of(image_ids: pd.Series, trained_on: pd.Series, photographs: Photographs) -> pd.DataFrame:
    """Return whether a model was trained on each of some images, on a copy of it, or on another image of its lesion.

    Parameters
    ----------
    image_ids
        Images that the model was applied to, (n,).
    trained_on
        Images that it was trained on, in any variant.

    Returns
    -------
    pandas.DataFrame
        n rows; bool columns same_image, copy (a near-duplicate, but not the image itself) and lesion (another image of
        the lesion, neither the image nor a copy).
    """
    applied, seen = canonical_id(image_ids), set(canonical_id(trained_on))
    same = applied.isin(seen).to_numpy()
    copies = photographs.copies
    copied = set(copies.loc[copies["second"].isin(seen), "first"])
    copy = applied.isin(copied).to_numpy() & ~same
    lesions = set(photographs.lesion.reindex(sorted(seen)).dropna())
    lesion = applied.map(photographs.lesion).isin(lesions).to_numpy() & ~same & ~copy
    return pd.DataFrame({"same_image": same, "copy": copy, "lesion": lesion})


@dataclass(frozen=True)
class Application:
    """One model's use: what it made of which images.

    Attributes
    ----------
    artifact
        mask, CAM, prediction of the symmetry or of the lesion network.
    dataset
        That the model was trained on.
    applied_to
        The data set or subset that it was applied to.
    """

    artifact: str
    dataset: str
    applied_to: str
    image_ids: pd.Series
    trained_on: pd.Series


def audit(applications: list[Application], photographs: Photographs) -> pd.DataFrame:
    """Count the leaks of all models' uses.

    Returns
    -------
    pandas.DataFrame
        A row a kind of use; columns `COLUMNS`: how many pairs of a model and an image, of how many images, how many of
        these are leaked to at least one model, and how many pairs leak in each way.
    """
    rows: dict[tuple[str, str, str], list[pd.DataFrame]] = {}
    for use in applications:
        leaks = leaks_of(use.image_ids, use.trained_on, photographs).assign(image_id=use.image_ids.to_numpy())
        rows.setdefault((use.artifact, use.dataset, use.applied_to), []).append(leaks)
    return pd.DataFrame([_summed(kind, pd.concat(leaks)) for kind, leaks in rows.items()], columns=list(COLUMNS))


def _summed(kind: tuple[str, str, str], leaks: pd.DataFrame) -> Mapping:
    leaked = leaks[leaks[list(LEAKS)].any(axis=1)]
    return {
        **dict(zip(COLUMNS[:3], kind, strict=True)),
        "pairs": len(leaks),
        "images": leaks["image_id"].nunique(),
        "images_leaked": leaked["image_id"].nunique(),
        **{name: int(leaks[name].sum()) for name in LEAKS},
    }


DATA_SET, TEST_SET = "data set", "test set"


def overlaps(splits: Mapping[str, pd.DataFrame]) -> list[Application]:
    """Return what is to be counted, as if a model had been trained on all that lies on the other side.

    Parameters
    ----------
    splits
        For each data set its split table, HAM10000's among them.

    Returns
    -------
    list of Application
        Each data set's test set against the pool of each that has one (`TEST_SET`), where lesions must not be shared;
        and every other data set, of HAM10000's classes where it has these, against all of HAM10000 (`DATA_SET`), where
        they may be.
    """
    images = {dataset: table.drop_duplicates("image_id") for dataset, table in splits.items()}
    pools = {dataset: _of(table, ["pool"]) for dataset, table in images.items()}
    tests = {dataset: _of(table, ["test", "official_test"]) for dataset, table in images.items()}
    ham10000 = images["ham10000"]
    between = [
        Application(TEST_SET, trained, tested, ids, pool)
        for trained, pool in pools.items()
        for tested, ids in tests.items()
        if len(pool) and len(ids)
    ]
    return between + [
        Application(DATA_SET, "ham10000", dataset, _comparable(table, ham10000), ham10000["image_id"])
        for dataset, table in images.items()
        if dataset != "ham10000"
    ]


def _comparable(images: pd.DataFrame, ham10000: pd.DataFrame) -> pd.Series:
    known = images["label"].isin(ham10000["label"])
    return images.loc[known if known.any() else images.index, "image_id"].reset_index(drop=True)


def _of(images: pd.DataFrame, roles: list[str]) -> pd.Series:
    return images.loc[images["role"].isin(roles), "image_id"].reset_index(drop=True)
