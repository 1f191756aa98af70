"""Selection of the images that have a sheet."""

import hashlib
from collections.abc import Iterable, Mapping

import pandas as pd


def shown_images(galleries: Iterable[Mapping]) -> set[tuple[str, str]]:
    """Return data set and id of every image in the galleries."""
    items = (item for gallery in galleries for view in gallery["views"] for item in view["items"])
    return {
        (dataset, image_id)
        for item in items
        for dataset, image_id in zip(item.get("datasets", [item["dataset"]]), item["images"], strict=True)
    }


def select_images(index: pd.DataFrame, shown: Iterable[str], wrong: pd.Series, per_class: int) -> list[str]:
    """Return the images of one data set that have a sheet.

    All images of galleries; beside these, up to `per_class` images of each class: first those that the largest share of
    networks gets wrong, then the others in the order of their ids' SHA-256.

    Parameters
    ----------
    index
        The data set's index; columns image_id, label.
    shown
        The images in galleries.
    wrong
        Share of networks that get an image wrong, by image_id, 0..1; images that no network predicted may be absent.

    Returns
    -------
    list of str
        Sorted by label, then in the order of selection.
    """
    table = index[["image_id", "label"]].assign(
        shown=index["image_id"].isin(set(shown)),
        wrong=index["image_id"].map(wrong).fillna(0.0),
        place=[hashlib.sha256(image_id.encode()).hexdigest() for image_id in index["image_id"]],
    )
    order = table.sort_values(["label", "shown", "wrong", "place"], ascending=[True, False, False, True])
    kept = order["shown"] | (order.groupby("label").cumcount() < per_class)
    return order.loc[kept, "image_id"].tolist()
