"""Candidates for a comparison by local features: images of patients who may be one, and images that look alike."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from selcn.data.duplicates.appearance import Appearance
from selcn.data.duplicates.pairs import canonical_id

PATIENT = ["age", "sex", "site"]
PATIENTS = "patient"
REASONS = (PATIENTS, "colour", "hash", "features")
"""Why two images are compared: equal patient data, or one is among the other's nearest by colour, hash or features."""

COLUMNS = ("dataset_a", "image_id_a", "dataset_b", "image_id_b", "candidate")
SEPARATOR = ", "
# Each set of reasons, as a number whose bits are the reasons.
_SETS = [
    SEPARATOR.join(reason for bit, reason in enumerate(REASONS) if number >> bit & 1)
    for number in range(1 << len(REASONS))
]


def choose_candidates(indices: Mapping[str, pd.DataFrame], seen: Appearance, nearest: int) -> pd.DataFrame:
    """Return the pairs of images that are compared by local features.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and `PATIENT`.
    seen
        What all images look like.
    nearest
        Number of each image's nearest others by colour, by hash, and by features, that it is compared with.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, categorical: each pair once, candidate being those of `REASONS` that hold, joined by
        `SEPARATOR`; sorted by image ids without `_downsampled`.
    """
    images, count = seen.images, len(seen.images)
    # Sides of a pair, and pairs, in the order of their ids.
    order = images["canonical"].argsort().to_numpy()
    images, place = images.iloc[order], np.argsort(order)
    found = {PATIENTS: patient_pairs(indices, images["canonical"])}
    found |= {reason: np.sort(place[_pairs(rows)], axis=0) for reason, rows in seen.nearest(nearest).items()}
    # A number for each pair: there are tens of millions of pairs of a hundred thousand images.
    numbers = {reason: np.unique(pairs[0] * count + pairs[1]) for reason, pairs in found.items()}
    every = np.unique(np.concatenate(list(numbers.values())))
    reasons = sum(np.isin(every, numbers[reason]).astype(np.int8) << bit for bit, reason in enumerate(REASONS))
    table = {"candidate": pd.Categorical.from_codes(reasons, _SETS)}
    for side, rows in zip("ab", np.divmod(every, count), strict=True):
        for column in ("dataset", "image_id"):
            table[f"{column}_{side}"] = pd.Categorical(images[column]).take(rows)
    return pd.DataFrame(table)[list(COLUMNS)]


def count_reasons(candidates: pd.Series) -> dict[str, int]:
    """Return the number of candidates by each of `REASONS`; a pair can have several."""
    counts = candidates.value_counts()
    return {reason: int(counts[[reason in at.split(SEPARATOR) for at in counts.index]].sum()) for reason in REASONS}


def _pairs(nearest: np.ndarray) -> np.ndarray:
    """Return the pairs of rows, (2, pairs) int64, of each row's nearest others, (N, count)."""
    return np.stack([np.repeat(np.arange(len(nearest)), nearest.shape[1]), nearest.ravel()])


def patient_pairs(indices: Mapping[str, pd.DataFrame], images: pd.Series) -> np.ndarray:
    """Return the pairs of images whose patients may be one: of equal age, sex and site in a data set.

    An unknown value equals an unknown one; images of which nothing is known are in no pair.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and `PATIENT`.
    images
        Image ids without `_downsampled`, each once, (N,).

    Returns
    -------
    ndarray
        Shape (2, pairs), int64: places in `images`, the lower first. A pair may occur more than once.
    """
    place = pd.Index(images)
    pairs = [np.empty((2, 0), np.int64)]
    for index in indices.values():
        known = index[index[PATIENT].notna().any(axis=1)]
        rows = place.get_indexer(canonical_id(known["image_id"]))
        for members in known.reset_index(drop=True).groupby(PATIENT, dropna=False).indices.values():
            of_patient = np.unique(rows[members])
            pairs.append(of_patient[np.stack(np.triu_indices(len(of_patient), 1))])
    return np.concatenate(pairs, axis=1)
