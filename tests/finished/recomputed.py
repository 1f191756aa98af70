"""Numbers of the study's tables, computed again from stored predictions, pixel counts and CAM localisations.

Independent of `selcn.evaluation` and `selcn.report`: pandas and scikit-learn alone.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics as sk

FOLD_TABLES = {
    "06a": "symmetry",
    "06b": "symmetry",
    "malignancy": "symmetry",
    "backbones": "backbones",
    "08a": "lesion/ham10000",
    "08b": "lesion/ham10000",
    "10": "lesion/ham10000",
    "11": "lesion/ham10000",
    "12": "lesion/ham10000",
    "13": "lesion/isic2016",
    "14": "lesion/isic2016",
    "measures": "lesion/ham10000",
}
LOCALISATION_TABLES = {"07": "symmetry", "09": "lesion/ham10000", "15": "lesion/isic2016"}
# Tables and metrics that this module computes; the rest (calibration, AUC of one class, thresholds) is not drawn.
SCORES = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "kappa": sk.cohen_kappa_score,
}
AVERAGED = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
PIXELS = {
    "dice": lambda c: 2 * c.tp / (2 * c.tp + c.fp + c.fn),
    "sensitivity": lambda c: c.tp / (c.tp + c.fn),
    "specificity": lambda c: c.tn / (c.tn + c.fp),
    "accuracy": lambda c: (c.tp + c.tn) / (c.tp + c.fp + c.fn + c.tn),
}


def value_of(results: Path, number: dict[str, str]) -> float | None:
    """Return a number of the page, computed again; None for one that this module does not compute.

    Parameters
    ----------
    results
        The study's results/.
    number
        The number's data attributes: table, part, protocol, cell, class, metric.
    """
    folder, table, metric = results / number["protocol"], number["table"], number["metric"]
    if table == "05" and metric in PIXELS:
        return of_pixels(folder / "segmentation" / number["cell"], number["part"], metric)
    if table in LOCALISATION_TABLES:
        return of_localisation(folder / LOCALISATION_TABLES[table] / number["cell"] / "localisation.parquet", metric)
    if table in FOLD_TABLES:
        networks = networks_in(folder / FOLD_TABLES[table] / number["cell"])
        values = [score(network, number, results) for network in networks]
        return None if None in values else float(np.mean(values))
    return None


def networks_in(model: Path) -> list[Path]:
    """Return the folders of a model's networks: of each fold, and each seed where there are seeds."""
    return sorted(path.parent for path in model.glob("**/fold-*/training_ids.parquet") if ".sha256" not in path.parts)


def of_pixels(model: Path, part: str, metric: str) -> float:
    """Return a segmentation metric's mean over images; an ensemble's counts lie in its own folder."""
    path = model / "counts.parquet"
    counts = stored(path if path.exists() else model / "fold-0/counts.parquet").query("subset == @part")
    return float(PIXELS[metric](counts).mean())


def of_localisation(path: Path, metric: str) -> float | None:
    """Return a localisation metric over the images whose mask is not empty."""
    rows = stored(path)
    rows = rows[~rows["empty_mask"]]
    columns = {"iou": "iou", "overlap": "overlap", "pointing_game": "hit", "pointing_game_undilated": "hit_undilated"}
    return float(rows[columns[metric]].mean()) if metric in columns else None


def score(network: Path, number: dict[str, str], results: Path) -> float | None:
    """Return a classification metric of one network."""
    rows = predictions(network, number["part"], results)
    if rows is None:
        return None
    classes = [column.removeprefix("prob_") for column in rows if column.startswith("prob_")]
    predicted = np.array(classes)[rows[[f"prob_{name}" for name in classes]].to_numpy().argmax(axis=1)]
    label, metric = rows["label"].to_numpy(), number["metric"]
    if number["class"] and metric in AVERAGED:
        return AVERAGED[metric](label, predicted, labels=[number["class"]], average="macro", zero_division=0)
    if not number["class"] and metric in SCORES:
        return SCORES[metric](label, predicted)
    average, _, kind = metric.partition("_")
    if average in ("macro", "weighted") and kind in AVERAGED:
        return AVERAGED[kind](label, predicted, labels=classes, average=average, zero_division=0)
    return None


@cache
def stored(path: Path) -> pd.DataFrame:
    """Read a table, once."""
    return pd.read_parquet(path)


def predictions(network: Path, part: str, results: Path) -> pd.DataFrame | None:
    """Return a network's stored predictions of a part of a table."""
    if not part.startswith("isic2019"):
        path = network / f"predictions/{part}.parquet"
        return stored(path) if path.exists() else None
    rows = stored(network / "predictions/isic2019.parquet")
    official = stored(results / "data/isic2019/index.parquet").query("part == 'test'")["image_id"]
    known = rows["label"].isin([column.removeprefix("prob_") for column in rows if column.startswith("prob_")])
    rows = rows[known & ~rows["image_id"].isin(official)]
    original = rows["image_id"].str.removesuffix("_downsampled")
    inside = original.isin(stored(results / "data/ham10000/index.parquet")["image_id"])
    trained = stored(network / "training_ids.parquet")["image_id"]
    chosen = {
        "isic2019": inside | ~inside,
        "isic2019_outside": ~inside,
        "isic2019_trained": inside & original.isin(trained),
        "isic2019_untrained": inside & ~original.isin(trained),
    }
    return rows[chosen[part]] if part in chosen else None
