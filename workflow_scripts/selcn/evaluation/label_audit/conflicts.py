"""Labels that contradict each other: of one image in two data sets, and of images of one lesion."""

from collections.abc import Iterable, Sequence

import pandas as pd

from selcn.data.datasets.sources import UNLABELLED
from selcn.data.duplicates.pairs import canonical_id
from selcn.data.splits.malignancy import MALIGNANT
from selcn.design.classes import MALIGNANCY_CLASSES, SYMMETRY_CLASSES

MALIGNANCY = {
    **dict.fromkeys((*MALIGNANT, "scc"), "malignant"),
    **dict.fromkeys(("bkl", "df", "nv", "vasc"), "benign"),
}
"""Malignancy of the diagnoses, by which they are compared with ISIC2016's two classes; unk has none."""

DEFINITIONS = frozenset({("akiec", "scc"), ("scc", "akiec")})
"""Labels that differ by the classes' definitions: HAM10000's akiec includes intraepithelial carcinoma (Bowen's disease;
Tschandl et al. 2018), which is carcinoma in situ, while ISIC2019 divides actinic keratosis from SCC."""

_KINDS = {
    **dict.fromkeys((*MALIGNANCY, "unk"), "diagnosis"),
    **dict.fromkeys(MALIGNANCY_CLASSES, "malignancy"),
    **dict.fromkeys(SYMMETRY_CLASSES, "symmetry"),
    UNLABELLED: "none",
}


def contradict(first: str, second: str, same_classes: bool = True) -> bool:
    """Return whether two labels cannot both be right.

    Labels of one kind contradict each other where they differ, a diagnosis and ISIC2016's label where their malignancy
    differs. Symmetry and diagnoses never do, nor do names of one's own from data sets with other classes.

    Parameters
    ----------
    same_classes
        Whether the labels are of data sets with the same classes.
    """
    if not same_classes and not {first, second} <= _KINDS.keys():
        return False
    # Names that declarations give to diagnoses outside the classes are diagnoses too.
    kinds = {_KINDS.get(label, "diagnosis") for label in (first, second)}
    if len(kinds) == 1:
        return first != second
    if kinds != {"diagnosis", "malignancy"}:
        return False
    known = [MALIGNANCY.get(label, label) for label in (first, second)]
    return set(known) == set(MALIGNANCY_CLASSES)


def in_terms_of(label: str, classes: Iterable[str]) -> str:
    """Return a label as one of a data set's classes; "" if none of them corresponds to it."""
    return next((name for name in (label, MALIGNANCY.get(label, "")) if name in set(classes)), "")


def label_conflicts(images: pd.DataFrame, same_labels: Sequence[Sequence[str]] = ()) -> pd.DataFrame:
    """Return the labels that contradict each image's.

    Parameters
    ----------
    images
        Columns dataset, image_id, label and group (the lesion); one row per image of each data set.
    same_labels
        Groups of data sets with the same classes; those in none have the same as each other.

    Returns
    -------
    DataFrame
        A row for each image, in the order given. Columns shared_label: the label that another data set gives the image;
        lesion_label: the most frequent contradicting label of other images of its lesion, in ties the first in the
        alphabet; both "" if there is none; lesion_share: share of the lesion's other images, over all data sets, whose
        label contradicts its own, 0..1, NaN for a lesion without other images.
    """
    rows = images[["dataset", "label", "group"]].assign(
        image=canonical_id(images["image_id"]).to_numpy(), row=range(len(images))
    )
    classes = {dataset: number for number, of_group in enumerate(same_labels) for dataset in of_group}
    rows["classes"] = rows["dataset"].map(lambda dataset: classes.get(dataset, -1))
    several = rows["group"].duplicated(keep=False)
    pairs = rows[several].merge(rows[several], on="group", suffixes=("", "_other"))
    pairs["same_classes"] = pairs["classes"] == pairs["classes_other"]
    keys = ["label", "label_other", "same_classes"]
    clash = {pair: contradict(*pair) for pair in pairs[keys].drop_duplicates().itertuples(index=False, name=None)}
    pairs["clash"] = [clash[pair] for pair in pairs[keys].itertuples(index=False, name=None)]
    same = pairs["image"] == pairs["image_other"]
    found = pd.DataFrame(index=range(len(images)))
    found["shared_label"] = _most_frequent(pairs[same & pairs["clash"]])
    found["lesion_label"] = _most_frequent(pairs[~same & pairs["clash"]])
    found["lesion_share"] = pairs[~same].groupby("row")["clash"].mean()
    return found.fillna({"shared_label": "", "lesion_label": ""})


def _most_frequent(pairs: pd.DataFrame) -> pd.Series:
    """Return the most frequent other label of each row."""
    counts = pairs.groupby(["row", "label_other"]).size().rename("count").reset_index()
    ordered = counts.sort_values(["row", "count", "label_other"], ascending=[True, False, True])
    return ordered.drop_duplicates("row").set_index("row")["label_other"].astype(object)
