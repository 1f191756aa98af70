"""Which images of HAM10000 a model's CAMs are measured on."""

import pandas as pd

from selcn.storage.artifacts import read_table


def scored_images(rows: pd.DataFrame, lesions: str | list) -> pd.DataFrame:
    """Return the rows of all images, but in the leakfree protocol those of the test set alone.

    Parameters
    ----------
    rows
        HAM10000's packed manifest.
    lesions
        The file of `selcn.data.splits.lesion_roles.assign_lesions` in the leakfree protocol; else nothing.
    """
    if not lesions:
        return rows
    table = read_table(str(lesions))
    test = table[(table["dataset"] == "ham10000") & (table["role"] == "test")]
    return rows[rows["image_id"].isin(test["image_id"])]
