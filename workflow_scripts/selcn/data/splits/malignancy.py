"""The symmetry network's sham: the same photographs, told apart by malignancy instead of symmetry."""

import pandas as pd

# Of HAM10000's classes: melanomas, carcinomas and keratoses that may become some.
MALIGNANT = ("akiec", "bcc", "mel")


def by_malignancy(splits: pd.DataFrame, diagnoses: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of SymDerm's split table whose diagnosis is known, labelled by it.

    Parameters
    ----------
    splits
        What a split rule wrote of SymDerm.
    diagnoses
        Columns image_id and label (a class of HAM10000), as HAM10000's index has them.

    Returns
    -------
    DataFrame
        The columns of `splits`; label is "benign" or "malignant".

    Raises
    ------
    ValueError
        No row's diagnosis is known.
    """
    label = splits["image_id"].map(diagnoses.set_index("image_id")["label"])
    known = label.notna()
    if not known.any():
        raise ValueError(
            f"none of SymDerm's {len(splits)} rows is an image of HAM10000, so no network can be trained on malignancy "
            "instead of symmetry; leave out the shams (lesion.sham: false), or add HAM10000's images"
        )
    labels = label[known].isin(MALIGNANT).map({True: "malignant", False: "benign"})
    return splits[known].assign(label=labels)
