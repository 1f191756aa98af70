"""Which images belong together, by everything that is known: the ids of images and lesions, and near-duplicates."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from selcn.data.duplicates.pairs import photograph_of


def lesion_groups(indices: Mapping[str, pd.DataFrame], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the group of each image: images that hang together, over all data sets, by any chain of reasons.

    The reasons are: the same photograph (its id, with or without `_downsampled`), the same lesion id, and a pair of
    near-duplicates.

    Parameters
    ----------
    indices
        For each data set its index; columns image_id and lesion_id (the image_id where none is known).
    pairs
        Columns image_id_a and image_id_b, as `near_duplicates` returns them.

    Returns
    -------
    DataFrame
        A row an image of a data set, in the order given; columns dataset, image_id and group, which is the smallest
        image id among those that hang together.

    Raises
    ------
    ValueError
        A pair names an image that is in none of the indices.
    """
    images = pd.concat(
        [index[["image_id", "lesion_id"]].assign(dataset=dataset) for dataset, index in indices.items()],
        ignore_index=True,
    )
    photographs = photograph_of(images["image_id"])
    image, names = pd.factorize(photographs)
    # A lesion that is not known bears its image's id, and so is of that image alone.
    lesion, lesions = pd.factorize(images["lesion_id"])
    sides = [names.get_indexer(photograph_of(pairs[f"image_id_{side}"])) for side in "ab"]
    for side, rows in zip("ab", sides, strict=True):
        if (rows < 0).any():
            missing = pairs[f"image_id_{side}"].to_numpy()[rows < 0][0]
            raise ValueError(f"{missing} is one of a pair of near-duplicates, but in none of {', '.join(indices)}")
    begins, ends = np.concatenate([image, sides[0]]), np.concatenate([len(names) + lesion, sides[1]])
    size = len(names) + len(lesions)
    graph = coo_array((np.ones(len(begins), bool), (begins, ends)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    group = images.groupby(component[image])["image_id"].transform("min")
    return images[["dataset", "image_id"]].assign(group=group)


def unrevealed(pairs: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs of near-duplicates that no id of an image or lesion puts together.

    Parameters are those of `lesion_groups`.

    Raises
    ------
    KeyError
        A pair names an image that is in none of the indices.
    """
    known = lesion_groups(indices, pairs.iloc[:0])
    group = known.drop_duplicates("image_id").set_index("image_id")["group"]
    apart = group[pairs["image_id_a"]].to_numpy() != group[pairs["image_id_b"]].to_numpy()
    return pairs[apart].reset_index(drop=True)
