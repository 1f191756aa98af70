"""Recall and precision of the search for images of one lesion, on lesions whose several images are known."""

import hashlib
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from selcn.data.duplicates.candidates import PATIENTS
from selcn.data.duplicates.decisions import CERTAIN, DOUBTFUL
from selcn.data.duplicates.pairs import KEY, canonical_id, keyed
from selcn.evaluation.bootstrap import lesion_weights

RESAMPLES = 2000
LEVEL = 0.95
COLUMNS = ("measure", "kind", "dataset", "certainty", "lesions", "pairs", "found", "share", "low", "high")
RECALL, BY_LIKENESS, PRECISION, PLANTED = "recall", "recall by likeness", "precision", "planted"
KNOWN = "known lesions"
FOUND_AT = {CERTAIN: (CERTAIN,), f"{CERTAIN} or {DOUBTFUL}": (CERTAIN, DOUBTFUL)}
"""Certainties counted as found, by name."""


def is_held_out(lesion_id: str) -> bool:
    """Return whether a lesion is in the half that is reported; thresholds were chosen on the other half."""
    return hashlib.sha256(lesion_id.encode()).digest()[0] % 2 == 1


def known_pairs(indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs of different images of one held-out lesion id.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id, lesion_id (the image_id if unknown) and sha256.

    Returns
    -------
    DataFrame
        Columns dataset, lesion_id, first and second: image ids without `_downsampled`, first < second.
    """
    rows = []
    for dataset, index in indices.items():
        for lesion_id, images in index.groupby("lesion_id"):
            if len(images) > 1 and is_held_out(str(lesion_id)):
                ids = zip(canonical_id(images["image_id"]), images["sha256"], strict=True)
                for (a, content), (b, other) in combinations(sorted(ids), 2):
                    if a != b and content != other:
                        rows.append((dataset, lesion_id, a, b))
    return pd.DataFrame(rows, columns=["dataset", "lesion_id", "first", "second"], dtype="str")


def measure_recall(known: pd.DataFrame, pairs: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the share of known pairs that local features find, by data set; copies, which hashes find, left out.

    Also the share that they would find if nothing were known of patients: of pairs compared because they look alike.

    Parameters
    ----------
    known
        Table of `known_pairs`.
    pairs
        Table of `selcn.data.duplicates.decisions.decide` without verdicts of lists or persons.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; the interval is that of `LEVEL` over resamples of lesions.
    """
    merged = known.merge(keyed(pairs)[[*KEY, "certainty", "candidate", "distance"]], on=KEY, how="left")
    merged = merged[merged["distance"].isna()]
    rows = []
    for dataset, of_dataset in merged.groupby("dataset", sort=False):
        lesions, alike = of_dataset["lesion_id"], of_dataset["candidate"] != PATIENTS
        for name, counted in FOUND_AT.items():
            found = of_dataset["certainty"].isin(counted)
            rows.append((RECALL, KNOWN, dataset, name, *_by_lesion(lesions, found.to_numpy(), rng)))
            unaided = (found & alike).to_numpy()
            rows.append(
                (BY_LIKENESS, f"{KNOWN}, without patient data", dataset, name, *_by_lesion(lesions, unaided, rng))
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def measure_precision(
    indices: Mapping[str, pd.DataFrame], pairs: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the share of the pairs found by local features that have one lesion id, of images of held-out lesions.

    A lower bound: ids can differ for one lesion, which is what the search is for.

    Parameters and result are those of `measure_recall`; only images whose lesion id is known are counted.
    """
    rows = []
    for dataset, index in indices.items():
        lesion = index.loc[index["lesion_id"] != index["image_id"]].set_index("image_id")["lesion_id"]
        inside = pairs[(pairs["dataset_a"] == dataset) & (pairs["dataset_b"] == dataset) & pairs["distance"].isna()]
        sides = pd.DataFrame({side: inside[f"image_id_{side}"].map(lesion) for side in "ab"}).dropna()
        sides = sides[sides.map(is_held_out).all(axis=1)] if len(sides) else sides
        certainty = inside["certainty"].loc[sides.index]
        for name, counted in FOUND_AT.items():
            chosen = sides[certainty.isin(counted)]
            if len(chosen):
                same = (chosen["a"] == chosen["b"]).to_numpy()
                rows.append((PRECISION, KNOWN, dataset, name, *_by_lesion(chosen["a"], same, rng)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def planted_row(kind: str, dataset: str, certainty: str, found: np.ndarray) -> tuple:
    """Return a row of `COLUMNS`: the share of images recognised after a change, with Wilson's interval.

    Parameters
    ----------
    found
        bool (N,), one image of each lesion.
    """
    interval = binomtest(int(found.sum()), len(found)).proportion_ci(LEVEL, "wilson")
    counts = len(found), len(found), int(found.sum()), float(found.mean())
    return (PLANTED, kind, dataset, certainty, *counts, interval.low, interval.high)


def _by_lesion(lesions: pd.Series, found: np.ndarray, rng: np.random.Generator) -> tuple:
    """Return the numbers of lesions, pairs and found pairs, the share found and its interval over lesions."""
    names = lesions.to_numpy(object)
    weights = lesion_weights(names, RESAMPLES, rng).astype(np.float64)
    shares = (weights @ found) / weights.sum(axis=1)
    low, high = np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    count = len(set(names))
    if found.all() or not found.any():
        # All resamples are alike: Wilson's interval, of as many independent pairs as there are lesions.
        interval = binomtest(count if found.all() else 0, count).proportion_ci(LEVEL, "wilson")
        low, high = interval.low, interval.high
    return count, len(found), int(found.sum()), float(found.mean()), float(low), float(high)
