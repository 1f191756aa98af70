"""Images with true masks that a model's CAMs are computed and scored on."""

import pandas as pd

from selcn.storage.artifacts import read_table


def scored_images(rows: pd.DataFrame, lesions: str | list) -> pd.DataFrame:
    """Return the rows of the images to score: in the leakfree protocol the test set's, otherwise all.

    Parameters
    ----------
    rows
        The packed manifest of the data set with true masks.
    lesions
        File of `selcn.data.splits.lesion_roles.assign_lesions` in the leakfree protocol, otherwise empty.
    """
    if not lesions:
        return rows
    table = read_table(str(lesions))
    # An id that two data sets share is one lesion's, which has one role in all of them.
    return rows[rows["image_id"].isin(table.loc[table["role"] == "test", "image_id"])]
