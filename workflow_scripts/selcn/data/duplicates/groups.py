"""Groups of images of the same lesion, by image ids, lesion ids and near-duplicates."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from selcn.data.datasets.ids import ISIC_ID
from selcn.data.duplicates.pairs import canonical_id


def lesion_groups(indices: Mapping[str, pd.DataFrame], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the group of each image: images linked, over all data sets, by any chain of links.

    The links are: the same image (its id, with or without `_downsampled`), the same lesion id, and a pair of
    near-duplicates.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and lesion_id (the image_id if unknown).
    pairs
        Columns image_id_a and image_id_b, as `near_duplicates` returns them.

    Returns
    -------
    DataFrame
        One row per image of each data set, in the order given; columns dataset, image_id and group, the smallest image
        id of the group.

    Raises
    ------
    ValueError
        A pair has an image that is in none of the indices.
    """
    images = pd.concat(
        [index[["image_id", "lesion_id"]].assign(dataset=dataset) for dataset, index in indices.items()],
        ignore_index=True,
    )
    image, names = pd.factorize(canonical_id(images["image_id"]))
    # An unknown lesion has its image's id, so it links no other image.
    lesion, lesions = pd.factorize(images["lesion_id"])
    sides = [names.get_indexer(canonical_id(pairs[f"image_id_{side}"])) for side in "ab"]
    for side, rows in zip("ab", sides, strict=True):
        if (rows < 0).any():
            missing = pairs[f"image_id_{side}"].to_numpy()[rows < 0][0]
            raise ValueError(
                f"{missing} is in a pair of near-duplicates, but in no index of {', '.join(indices)}; delete "
                "pairs.parquet and run the same command again"
            )
    begins, ends = np.concatenate([image, sides[0]]), np.concatenate([len(names) + lesion, sides[1]])
    size = len(names) + len(lesions)
    graph = coo_array((np.ones(len(begins), bool), (begins, ends)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    group = images.groupby(component[image])["image_id"].transform("min")
    return images[["dataset", "image_id"]].assign(group=group)


def require_same_images(indices: Mapping[str, pd.DataFrame]) -> None:
    """Refuse an id that two data sets give to files of different contents, unless it is the ISIC Archive's.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and sha256.

    Raises
    ------
    ValueError
        There is such an id.
    """
    images = pd.concat([index[["image_id", "sha256"]].assign(dataset=name) for name, index in indices.items()])
    own = images[~images["image_id"].str.fullmatch(ISIC_ID)]
    files = own.groupby("image_id")["sha256"].transform("nunique")
    if (files > 1).any():
        clashing = own[files > 1]
        first = clashing["image_id"].iloc[0]
        places = " and ".join(clashing.loc[clashing["image_id"] == first, "dataset"])
        raise ValueError(
            f"{first} is another file in {places}, as are {clashing['image_id'].nunique() - 1} further ids; expected "
            "one image for an id: give each data set a prefix of its own in its declaration, or the same files"
        )


def unrevealed(pairs: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs that are not linked by image or lesion ids; parameters are those of `lesion_groups`.

    Raises
    ------
    KeyError
        A pair names an image that is in none of the indices.
    """
    return pairs[~linked_by_ids(pairs, indices)].reset_index(drop=True)


def linked_by_ids(pairs: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Return which pairs are linked by image or lesion ids, (N,) bool; parameters are those of `lesion_groups`."""
    known = lesion_groups(indices, pairs.iloc[:0])
    group = known.drop_duplicates("image_id").set_index("image_id")["group"]
    return group[pairs["image_id_a"]].to_numpy() == group[pairs["image_id_b"]].to_numpy()
