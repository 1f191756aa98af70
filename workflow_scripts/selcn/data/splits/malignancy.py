"""Labels of the sham control `malignancy`: the symmetry set's images, labelled by malignancy instead."""

import pandas as pd

# Classes of HAM10000: melanoma, carcinoma, and keratoses that may become carcinoma.
MALIGNANT = ("akiec", "bcc", "mel")


def by_malignancy(splits: pd.DataFrame, diagnoses: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a symmetry set's split table with a known diagnosis, labelled by malignancy.

    Parameters
    ----------
    splits
        The symmetry set's split table.
    diagnoses
        Columns image_id and label: a class of HAM10000, as HAM10000's index has them, or benign or malignant.

    Returns
    -------
    DataFrame
        The columns of `splits`; label is "benign" or "malignant".

    Raises
    ------
    ValueError
        No row has a known diagnosis.
    """
    label = splits["image_id"].map(diagnoses.set_index("image_id")["label"])
    known = label.notna()
    if not known.any():
        raise ValueError(
            f"of none of the {len(splits)} rows of the symmetry set is a diagnosis known, so no network can be trained "
            "on malignancy instead of symmetry; set lesion.sham: false, or add the diagnoses"
        )
    labels = label[known].isin((*MALIGNANT, "malignant")).map({True: "malignant", False: "benign"})
    return splits[known].assign(label=labels)
