"""Labels of the sham control `malignancy`: SymDerm's images, labelled by malignancy instead of symmetry."""

import pandas as pd

# Classes of HAM10000: melanoma, carcinoma, and keratoses that may become carcinoma.
MALIGNANT = ("akiec", "bcc", "mel")


def by_malignancy(splits: pd.DataFrame, diagnoses: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of SymDerm's split table with a known diagnosis, labelled by malignancy.

    Parameters
    ----------
    splits
        SymDerm's split table.
    diagnoses
        Columns image_id and label (a class of HAM10000), as HAM10000's index has them.

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
            f"none of SymDerm's {len(splits)} rows is an image of HAM10000, so no network can be trained on malignancy "
            "instead of symmetry; set lesion.sham: false, or add HAM10000's images"
        )
    labels = label[known].isin(MALIGNANT).map({True: "malignant", False: "benign"})
    return splits[known].assign(label=labels)
