"""Selection of the images in a figure by a rule on the data, never by hand."""

from collections.abc import Sequence

import pandas as pd


def nearest_to_quantiles(values: pd.Series, quantiles: Sequence[float]) -> list[str]:
    """Return, for each quantile, the image whose value is nearest to it; no image twice.

    Parameters
    ----------
    values
        One number for each image, indexed by image_id; NaN is ignored.
    quantiles
        0..1.

    Returns
    -------
    list of str
        Image ids in the order of the quantiles; fewer only where there are fewer images. Among equally near images,
        the first by id.

    Raises
    ------
    ValueError
        No image has a value.
    """
    left = values.dropna().sort_index()
    if left.empty:
        raise ValueError("no image to choose from; expected at least one that fits the figure")
    chosen = []
    for target in left.quantile(list(quantiles)):
        if len(left):
            chosen.append((left - target).abs().idxmin())
            left = left.drop(chosen[-1])
    return chosen


def evenly_spaced(image_ids: Sequence[str], count: int) -> list[str]:
    """Return the middle id of each of `count` equal parts of the sorted ids; all ids if there are at most `count`."""
    ids = sorted(image_ids)
    count = min(count, len(ids))
    return [ids[(2 * stretch + 1) * len(ids) // (2 * count)] for stretch in range(count)]


def of_each_class(splits: pd.DataFrame, count: int) -> list[str]:
    """Return `count` test images of each class, evenly spaced in the order of their ids.

    Parameters
    ----------
    splits
        The split table; columns image_id, label, role.

    Raises
    ------
    ValueError
        The split table has no test image.
    """
    test = splits[splits["role"] == "test"]
    if test.empty:
        raise ValueError("the split table has no test image; expected test images of each class")
    return [
        image_id
        for _, image_ids in test.groupby("label", sort=True)["image_id"]
        for image_id in evenly_spaced(image_ids.unique(), count)
    ]
