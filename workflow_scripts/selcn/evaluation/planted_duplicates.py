"""Recall of local features by kind of change: images are changed, and compared with what they were."""

import numpy as np
import pandas as pd

from selcn.data.duplicates.decisions import Thresholds
from selcn.data.duplicates.geometry import compare
from selcn.data.duplicates.keypoints import find_keypoints
from selcn.data.duplicates.rephotographs import CHANGES
from selcn.data.images import read_image
from selcn.evaluation.duplicate_detection import COLUMNS, FOUND_AT, is_held_out, planted_row


def measure_planted(
    dataset: str, index: pd.DataFrame, thresholds: Thresholds, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the share of images that are recognised after each of `CHANGES`.

    Parameters
    ----------
    index
        The data set's index; columns image_id, lesion_id, path and sha256.
    count
        Number of images, each of another held-out lesion; fewer if there are fewer.

    Returns
    -------
    DataFrame
        Columns of `selcn.evaluation.duplicate_detection.COLUMNS`.
    """
    first = index.sort_values("image_id").drop_duplicates("lesion_id")
    held_out = first[first["lesion_id"].map(is_held_out)]
    chosen = held_out.iloc[np.sort(rng.permutation(len(held_out))[:count])]
    inliers: dict[str, list[int]] = {kind: [] for kind in CHANGES}
    for row in chosen.itertuples():
        image = read_image(row.path, row.sha256)
        keypoints = find_keypoints(image)
        for kind, change in CHANGES.items():
            inliers[kind].append(compare(keypoints, find_keypoints(change(image, rng))).inliers)
    fewest = dict(zip(FOUND_AT, (thresholds.certain, thresholds.doubtful), strict=True))
    rows = [
        planted_row(kind, dataset, certainty, np.array(found) >= fewest[certainty])
        for kind, found in inliers.items()
        if found
        for certainty in FOUND_AT
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
