"""Splits without one source: networks are trained without its images, and tested on them."""

from collections.abc import Sequence

import pandas as pd

from selcn.data.splits.by_image import IDLE
from selcn.data.splits.folds import CROSS_VALIDATION, NO_FOLD, training_rows, validation_rows

FEWEST = 10
"""Fewest images of a class, of which a source needs at least two to be left out."""


def images_of_sources(index: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return source and group of each image of a data set whose source is known.

    Parameters
    ----------
    index
        The data set's index; columns image_id and source, null where unknown.
    groups
        Columns image_id and group of the data set's images: what is on one side of the split, a lesion or a patient.

    Returns
    -------
    pandas.DataFrame
        Columns image_id, source (missing where unknown), group; sorted by image_id.
    """
    images = index[["image_id", "source"]].merge(groups[["image_id", "group"]], on="image_id", validate="one_to_one")
    return images.sort_values("image_id", ignore_index=True)


def without_source(splits: pd.DataFrame, images: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return the split table of networks that see no image of a source.

    Parameters
    ----------
    splits
        Table of `selcn.data.splits.by_lesion.split_by_lesion`.
    images
        Table of `images_of_sources`.

    Returns
    -------
    pandas.DataFrame
        The development set without the source, and as the test set all images of the source, of the development and of
        the test set, without those whose lesion or patient stays in the development set.
    """
    ours = splits["image_id"].isin(images.loc[images["source"] == source, "image_id"])
    kept = splits[(splits["role"] == "pool") & ~ours]
    group = images.set_index("image_id")["group"]
    tested = splits[ours & splits["role"].isin(["pool", "test"]) & (splits["variant"] == "original")]
    tested = tested[~tested["image_id"].map(group).isin(set(kept["image_id"].map(group)))]
    return pd.concat([kept, tested.assign(role="test", **IDLE)], ignore_index=True).astype(splits.dtypes)


def without_each_source(
    splits: pd.DataFrame, images: pd.DataFrame, classes: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Return the split table without each source, and why other sources are not left out.

    Parameters
    ----------
    splits, images
        See `without_source`.
    classes
        Those of the networks.

    Raises
    ------
    ValueError
        No source can be left out.
    """
    sources = sorted(images["source"].dropna().unique())
    tables = {source: without_source(splits, images, source) for source in sources}
    reasons = {source: reason for source, table in tables.items() if (reason := reason_against(table, classes))}
    if len(reasons) == len(sources):
        found = "; ".join(f"{source}: {reason}" for source, reason in reasons.items()) or "no image has a known source"
        raise ValueError(
            f"no source can be left out: {found}; expected at least one with two classes to test on: empty "
            "lesion.leave_source_out, or see that the label table names sources"
        )
    return {source: table for source, table in tables.items() if source not in reasons}, reasons


def reason_against(reduced: pd.DataFrame, classes: Sequence[str]) -> str | None:
    """Return why networks cannot be trained without a source and tested on it; None where they can.

    Parameters
    ----------
    reduced
        Table of `without_source`.
    classes
        Those of the networks.
    """
    counts = reduced.loc[reduced["role"] == "test", "label"].value_counts()
    if (counts >= FEWEST).sum() < 2:
        return f"fewer than two classes with {FEWEST} images to test on"
    for fold in sorted(set(reduced[CROSS_VALIDATION]) - {NO_FOLD}):
        missing = sorted(set(classes) - set(training_rows(reduced, fold)["label"]))
        if missing:
            return f"fold {fold} has no image of {', '.join(missing)} to train on"
        if validation_rows(reduced, fold).empty:
            return f"fold {fold} has no image to validate on"
    return None
