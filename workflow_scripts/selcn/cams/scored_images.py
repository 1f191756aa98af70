"""Images of HAM10000 that a model's CAMs are computed and scored on."""

import pandas as pd

from selcn.storage.artifacts import read_table


def scored_images(rows: pd.DataFrame, lesions: str | list) -> pd.DataFrame:
    """Return the rows of the images to score: in the leakfree protocol the test set's, otherwise all.

    Parameters
    ----------
    rows
        HAM10000's packed manifest.
    lesions
        File of `selcn.data.splits.lesion_roles.assign_lesions` in the leakfree protocol, otherwise empty.
    """
    if not lesions:
        return rows
    table = read_table(str(lesions))
    test = table[(table["dataset"] == "ham10000") & (table["role"] == "test")]
    return rows[rows["image_id"].isin(test["image_id"])]
