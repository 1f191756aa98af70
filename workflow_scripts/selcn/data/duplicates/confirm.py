"""Confirmation of near-duplicates by correlation: some images, such as small spots on plain skin, only share a hash."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.data.duplicates.hashes import small_grey
from selcn.data.duplicates.pairs import TURNS
from selcn.storage.row_arrays import ShardedArray

# How it was chosen is in docs/decisions.md.
CORRELATION = 0.96


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return the correlation of two images, regardless of their brightness, contrast and colour.

    Parameters
    ----------
    first, second
        uint8 (S, S, 3) RGB, in the same orientation; their sizes may differ.

    Returns
    -------
    float
        Correlation of their small grey versions, -1..1; 0 if one of them is uniform.
    """
    greys = [small_grey(image).astype(np.float64).ravel() for image in (first, second)]
    centred = [grey - grey.mean() for grey in greys]
    norm = np.prod([np.linalg.norm(grey) for grey in centred])
    return float(centred[0] @ centred[1] / norm) if norm else 0.0


def confirmed(
    pairs: pd.DataFrame, images: Mapping[str, tuple[Sequence[str], ShardedArray]], least: float = CORRELATION
) -> pd.DataFrame:
    """Return the pairs whose images correlate enough, with a column correlation.

    Parameters
    ----------
    pairs
        Table of `near_duplicates`.
    images
        For each data set its image ids and packed images.
    least
        Minimum correlation of the first image with the second, turned as given for the pair.
    """
    rows = {dataset: pd.Series(np.arange(len(ids)), list(ids)) for dataset, (ids, _) in images.items()}

    def image(dataset: str, image_id: str) -> np.ndarray:
        return images[dataset][1][int(rows[dataset][image_id])]

    agreement = [
        correlation(
            image(pair.dataset_a, pair.image_id_a),
            np.ascontiguousarray(TURNS[pair.turn](image(pair.dataset_b, pair.image_id_b))),
        )
        for pair in pairs.itertuples()
    ]
    found = pairs.assign(correlation=np.array(agreement, np.float64))
    return found[found["correlation"] >= least].reset_index(drop=True)
