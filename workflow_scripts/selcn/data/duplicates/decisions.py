"""The pairs of one lesion: copies, matches of local features, and what a published list or a person says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from selcn.data.duplicates.pairs import KEY, canonical_id, keyed

CERTAIN, DOUBTFUL, REJECTED = "certain", "doubtful", "rejected"
"""Certain pairs are grouped as one lesion; doubtful ones are listed for a person; rejected ones were, and are not."""

COPY, FEATURES, LISTED, CONFIRMED = "copy", "local features", "known pair", "confirmed"
"""What a pair is known by; a copy by its hash and grey values."""

SIDES = ("dataset_a", "image_id_a", "dataset_b", "image_id_b")
MEASURED = {
    "distance": "Int64",
    "turn": "str",
    "correlation": "float64",
    "candidate": "str",
    "inliers": "Int64",
    "matches": "Int64",
    "scale": "float64",
    "rotation": "float64",
    "shift_x": "float64",
    "shift_y": "float64",
}
"""Of copies distance, turn and correlation, of compared local features the others; missing where not measured."""


@dataclass(frozen=True)
class Thresholds:
    """Fewest inliers with which local features make a pair.

    Attributes
    ----------
    certain, doubtful
        The pair is certain, or doubtful.

    Raises
    ------
    ValueError
        `doubtful` is above `certain`, or not positive.
    """

    certain: int
    doubtful: int

    def __post_init__(self) -> None:
        if not 0 < self.doubtful <= self.certain:
            raise ValueError(
                f"duplicates.doubtful is {self.doubtful} inliers and duplicates.certain {self.certain}; expected "
                "0 < doubtful <= certain"
            )


@dataclass(frozen=True)
class Verdicts:
    """Pairs of images that are judged already, columns `KEY`.

    Attributes
    ----------
    listed
        Pairs of one lesion by a published list.
    confirmed, rejected
        Pairs of one lesion, and of different lesions, by a person.

    Raises
    ------
    ValueError
        A pair is both confirmed and rejected.
    """

    listed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=KEY, dtype="str"))
    confirmed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=KEY, dtype="str"))
    rejected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=KEY, dtype="str"))

    def __post_init__(self) -> None:
        both = self.confirmed.merge(self.rejected, on=KEY)
        if len(both):
            first, second = both.iloc[0][KEY]
            raise ValueError(
                f"{first} and {second} are in duplicates.confirmed and in duplicates.rejected; expected one of them: "
                "remove the pair from one file"
            )


def read_pairs(path: str | Path) -> pd.DataFrame:
    """Return the pairs of a CSV, columns `KEY`: image ids without `_downsampled`, first < second, each pair once.

    Raises
    ------
    ValueError
        The file has no columns image_id_a and image_id_b, or a pair has one image twice or none.
    """
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    missing = [name for name in ("image_id_a", "image_id_b") if name not in table]
    if missing:
        raise ValueError(
            f"{path}: no column {' or '.join(missing)} among {', '.join(table.columns)}; expected a CSV of pairs with "
            "the columns image_id_a and image_id_b"
        )
    pairs = pd.DataFrame({name: canonical_id(table[name].str.strip()) for name in ("image_id_a", "image_id_b")})
    wrong = (pairs["image_id_a"] == pairs["image_id_b"]) | (pairs == "").any(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{path}: pair {row + 1} is {pairs.iloc[row, 0]!r} and {pairs.iloc[row, 1]!r}; expected two image ids"
        )
    return keyed(pairs)[KEY].drop_duplicates(ignore_index=True)


def decide(
    copies: pd.DataFrame,
    matches: pd.DataFrame,
    indices: Mapping[str, pd.DataFrame],
    thresholds: Thresholds,
    verdicts: Verdicts,
) -> pd.DataFrame:
    """Return all pairs of images that show one lesion or may do so, with what they are known by.

    A person's verdict goes before a published list, and that before copies and local features.

    Parameters
    ----------
    copies
        Table of `selcn.data.duplicates.confirm.confirmed`.
    matches
        Compared candidates: columns `SIDES` and the compared ones of `MEASURED`.
    indices
        For each data set its index; column image_id.

    Returns
    -------
    DataFrame
        Columns `SIDES`, certainty (`CERTAIN`, `DOUBTFUL` or `REJECTED`), reason (`COPY`, `FEATURES`, `LISTED` or
        `CONFIRMED`; of a rejected pair what it was known by) and `MEASURED`. Certain pairs first, copies by distance,
        then the others by inliers.
    """
    copies, found = keyed(copies), keyed(matches[matches["inliers"] >= thresholds.doubtful])
    judged = [_in_study(table, indices) for table in (verdicts.listed, verdicts.confirmed)]
    pairs = pd.concat([table[[*KEY, *SIDES]] for table in (copies, found, *judged)]).drop_duplicates(KEY)
    for table in (copies, found):
        pairs = pairs.merge(table[KEY + [name for name in MEASURED if name in table]], on=KEY, how="left")
    is_copy = pairs["distance"].notna()
    listed, confirmed, rejected = (
        _among(pairs, table) for table in (verdicts.listed, verdicts.confirmed, verdicts.rejected)
    )
    certain = is_copy | (pairs["inliers"].fillna(0) >= thresholds.certain) | listed | confirmed
    pairs["certainty"] = np.select([rejected, certain], [REJECTED, CERTAIN], DOUBTFUL)
    pairs["reason"] = np.select([confirmed, listed, is_copy], [CONFIRMED, LISTED, COPY], FEATURES)
    pairs = pairs.astype({**MEASURED, **dict.fromkeys(SIDES, "str")})
    ranks = {
        "rank": pairs["certainty"].map({CERTAIN: 0, DOUBTFUL: 1, REJECTED: 2}),
        "fewer": -pairs["inliers"].fillna(0),
    }
    ranked = pairs.assign(**ranks).sort_values(["rank", "distance", "fewer", *KEY])
    return ranked[[*SIDES, "certainty", "reason", *MEASURED]].reset_index(drop=True)


def certain(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the certain pairs of a table of `decide`."""
    return pairs[pairs["certainty"] == CERTAIN].reset_index(drop=True)


def copies(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the certain pairs of a table of `decide` whose images are copies of one image, by their hashes."""
    return certain(pairs[pairs["distance"].notna()])


def outside_study(judged: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the judged pairs, columns `KEY`, of which an image is in none of the indices."""
    return judged[~_among(judged, _in_study(judged, indices))]


def _in_study(judged: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the judged pairs whose images are both in the study, with the columns `SIDES`."""
    images = pd.concat([index[["image_id"]].assign(dataset=dataset) for dataset, index in indices.items()])
    images = images.assign(canonical=canonical_id(images["image_id"])).drop_duplicates("canonical")
    for side, name in zip("ab", KEY, strict=True):
        places = images.rename(columns={column: f"{column}_{side}" for column in ("dataset", "image_id")})
        judged = judged.merge(places, left_on=name, right_on="canonical").drop(columns="canonical")
    return judged


def _among(pairs: pd.DataFrame, judged: pd.DataFrame) -> np.ndarray:
    """Return which pairs are judged, (N,) bool."""
    return pd.MultiIndex.from_frame(pairs[KEY]).isin(pd.MultiIndex.from_frame(judged[KEY]))
