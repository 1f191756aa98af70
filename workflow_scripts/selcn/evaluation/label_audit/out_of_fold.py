"""Mean predictions of each image over all networks that were not trained on it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from selcn.data.duplicates.pairs import canonical_id
from selcn.evaluation.cross_validation import arrays_of, classes_of

COUNTS = ("networks", "against", "lesion_seen")


def mean_out_of_fold(tables: Iterable[tuple[pd.DataFrame, pd.Series]], groups: pd.Series) -> pd.DataFrame:
    """Return the mean prediction of each image over the networks that were not trained on it, in any variant.

    Parameters
    ----------
    tables
        For each network its predictions (columns image_id, variant, label, prob_<class>) and the ids of the images that
        it was trained on. Variants are left out.
    groups
        The lesion of each image, by its id without `_downsampled`.

    Returns
    -------
    DataFrame
        By image_id: networks (number of them), against (share of them that predict another class than the label, 0..1),
        lesion_seen (share of them that were trained on another image of its lesion; 0 throughout in the leakfree
        protocol) and prob_<class>, their mean probability.
    """
    total = pd.DataFrame(columns=list(COUNTS), dtype=np.float64)
    for table, trained in tables:
        seen = set(canonical_id(trained.drop_duplicates()))
        lesions = set(groups.reindex(sorted(seen)).dropna())
        images = canonical_id(table["image_id"]).to_numpy()
        unseen = table[(table["variant"] == "original").to_numpy() & ~np.isin(images, sorted(seen))]
        if len(unseen):
            total = total.add(_of_network(unseen, lesions, groups), fill_value=0)
    shares = [name for name in total if name != "networks"]
    total[shares] = total[shares].div(total["networks"], axis=0)
    return total.sort_index()


def _of_network(table: pd.DataFrame, lesions: set[str], groups: pd.Series) -> pd.DataFrame:
    label, probabilities, classes = arrays_of(table)
    columns = {
        "networks": 1.0,
        "against": np.asarray(classes)[probabilities.argmax(axis=1)] != label,
        "lesion_seen": canonical_id(table["image_id"]).map(groups).isin(lesions).to_numpy(),
        **dict(zip((f"prob_{name}" for name in classes_of(table)), probabilities.T, strict=True)),
    }
    return pd.DataFrame(columns, index=pd.Index(table["image_id"], name="image_id")).astype(np.float64)
