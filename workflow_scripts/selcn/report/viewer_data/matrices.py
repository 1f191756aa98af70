"""Predictions behind a confusion matrix, short enough for the browser to count any network's matrix itself."""

import string
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from selcn.evaluation.cross_validation import arrays_of, classes_of
from selcn.evaluation.isic2019 import SUBSETS as ISIC2019_SUBSETS
from selcn.evaluation.isic2019 import subsets_of
from selcn.report.viewer_data.names import network_name
from selcn.report.viewer_data.predictions import Predictions, known, mean_predictions
from selcn.report.viewer_data.subsets import Subset

DIGITS = np.array([*string.digits, *string.ascii_lowercase])
"""One character a class: its index in base 36."""
ABSENT = "-"
KEYS = ["image_id", "variant"]


def matrix_of(
    protocol: str, subset: Subset, predictions: Predictions, official: Iterable[str], inside: Iterable[str]
) -> dict:
    """Return a subset's predictions by all models, as the viewer reads them.

    Parameters
    ----------
    official
        Ids of an external set's official test images.
    inside
        Ids of the images of the networks' own data set.

    Returns
    -------
    dict
        protocol, task, dataset, subset; classes, images, labels and models, all empty where no model predicts any
        image; variants where some rows are flipped or rotated.
    """
    official, inside = list(official), list(inside)
    about = {"protocol": protocol, "task": subset.stage, "dataset": subset.dataset, "subset": subset.name}
    rows, classes, models = None, [], {}
    for model in predictions.models(subset):
        tables = [_images_of(subset, table, official, inside) for table in predictions.tables(model, subset)]
        if not all(map(len, tables)):
            continue
        means = mean_predictions(tables)
        if rows is None:
            rows, classes = means[[*KEYS, "label"]], classes_of(means)
        named = dict(zip(map(network_name, predictions.networks(model, subset)), tables, strict=True))
        models[model.model] = model_entry(rows, means, named)
    if rows is None:
        return {**about, "classes": [], "images": [], "labels": "", "models": {}}
    turned = {} if (rows["variant"] == "original").all() else {"variants": rows["variant"].tolist()}
    labels = joined(pd.Index(classes).get_indexer(rows["label"]))
    return {
        **about,
        "classes": classes,
        "images": rows["image_id"].tolist(),
        **turned,
        "labels": labels,
        "models": models,
    }


def _images_of(subset: Subset, table: pd.DataFrame, official: list[str], inside: list[str]) -> pd.DataFrame:
    if subset.name in ISIC2019_SUBSETS:
        return subsets_of(table, official, inside, ())[subset.name]
    return known(table)


def model_entry(rows: pd.DataFrame, means: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> dict:
    """Return one model's part of a matrix.

    Parameters
    ----------
    rows
        The matrix's rows; columns image_id, variant.
    means
        The model's `mean_predictions`, of the same rows.
    tables
        The predictions of each of its networks, by name.

    Raises
    ------
    ValueError
        The model's rows are not those of the matrix.
    """
    if not means[KEYS].equals(rows[KEYS]):
        raise ValueError(
            f"{len(means)} images are predicted, expected the {len(rows)} that the first model predicts; run the same "
            "command again"
        )
    place = pd.MultiIndex.from_frame(rows[KEYS])
    predicted = []
    for table in tables.values():
        codes = pd.Series(arrays_of(table)[1].argmax(axis=1), pd.MultiIndex.from_frame(table[KEYS]))
        predicted.append(joined(codes.reindex(place, fill_value=-1).to_numpy()))
    probabilities = arrays_of(means)[1]
    return {
        "networks": list(tables),
        "predicted": predicted,
        "mean": joined(probabilities.argmax(axis=1)),
        "probability": np.rint(10_000 * probabilities.max(axis=1)).astype(int).tolist(),
    }


def joined(codes: np.ndarray) -> str:
    """Return indices of classes, (N,), as a string of N characters; `-` for -1."""
    return "".join(np.where(codes < 0, ABSENT, DIGITS[codes]))
