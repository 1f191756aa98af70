"""Performance in subgroups of patients and images: sex, age, body site, source, skin."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from selcn.evaluation.bootstrap import lesion_weights, weighted_accuracy, weighted_auc, weighted_balanced_accuracy
from selcn.evaluation.cross_validation import arrays_of
from selcn.evaluation.ranking import MELANOMA

UNKNOWN = "unknown"
KINDS = ("sex", "age", "site", "source", "skin_type", "skin_tone")
SKIN_TONES = ("very light", "light", "intermediate", "tan", "brown", "dark")
COLUMNS = ("kind", "subgroup", "images", "lesions", "metric", "value", "low", "high", "draws")
GAP_COLUMNS = ("kind", "subgroup", "metric", "others", "gap", "gap_low", "gap_high")


def subgroups_of(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the subgroups of each image, one for each kind of subgroup.

    Parameters
    ----------
    patients
        Columns sex, age (years), site and source of the index; where they are known, skin_type (Fitzpatrick) and
        skin_tone (one of `SKIN_TONES`; see `selcn.evaluation.skin_tone`).

    Returns
    -------
    DataFrame
        The same rows; columns `KINDS`, str: the age as its decade, such as "40-49"; "unknown" where a value is missing.
        A kind without any value is left out.
    """
    decade = patients["age"] // 10 * 10
    known = {
        **{kind: patients[kind] for kind in KINDS if kind in patients},
        "age": decade.map(lambda year: f"{year:.0f}-{year + 9:.0f}", na_action="ignore"),
    }
    kinds = [kind for kind in KINDS if kind in known and known[kind].notna().any()]
    return pd.DataFrame({kind: known[kind].fillna(UNKNOWN).astype(str) for kind in kinds}, patients.index)


def measure_subgroups(
    folds: Sequence[pd.DataFrame], patients: pd.DataFrame, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return accuracy, balanced accuracy and melanoma AUC of every subgroup, with 95 % confidence intervals.

    The intervals account for the sampling of lesions. They say nothing about retraining, and nothing about the
    difference between two subgroups.

    Parameters
    ----------
    folds
        Predictions of the same images, one table per fold, each image once.
    patients
        One row for each of these images; columns image_id, group (its lesion, the unit of resampling) and those of
        `subgroups_of`.
    resamples
        Number of bootstrap resamples of the lesions of a subgroup, shared by all folds.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: images and lesions in the subgroup; value, the metric's mean over folds; low and high, the
        2.5 and 97.5 % quantiles of that mean over the resamples in which it is defined, and draws, the number of these
        resamples. NaN where it is undefined: the AUC needs melanomas and other lesions. First all images (kind "all"),
        then by kind and subgroup.

    Raises
    ------
    ValueError
        An image is not in `patients`, or the folds have different images.
    """
    tables, found = _aligned(folds, patients)
    kinds = {"all": pd.Series("all", found.index), **subgroups_of(found)}
    rows = []
    for kind, names in kinds.items():
        for name in sorted(names.unique()):
            chosen = np.flatnonzero(names == name)
            groups = found["group"].to_numpy()[chosen]
            # The first row weighs every image once and gives the value itself.
            weights = np.vstack([np.ones(len(chosen), np.float32), lesion_weights(groups, resamples, rng)])
            about = {"kind": kind, "subgroup": name, "images": len(chosen), "lesions": len(np.unique(groups))}
            for metric, values in _metrics([table.iloc[chosen] for table in tables], weights).items():
                rows.append({**about, "metric": metric, **interval_of(values)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def measure_gaps(
    folds: Sequence[pd.DataFrame], patients: pd.DataFrame, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return by how much every subgroup differs from the other images of its kind, with 95 % confidence intervals.

    Parameters and errors are those of `measure_subgroups`; both sides share the resamples of all lesions.

    Returns
    -------
    DataFrame
        Columns `GAP_COLUMNS`: others, the number of the other images, those of unknown subgroup left out; gap, the
        subgroup's metric minus theirs, and the interval, over the resamples in which both are defined. NaN where either
        is undefined. A kind with one known subgroup has no rows.
    """
    tables, found = _aligned(folds, patients)
    groups = found["group"].to_numpy()
    weights = np.vstack([np.ones(len(found), np.float32), lesion_weights(groups, resamples, rng)])
    rows = []
    for kind, names in subgroups_of(found).items():
        known = np.flatnonzero(names != UNKNOWN)
        named = names.to_numpy()[known]
        subgroups = np.unique(named)
        for name in subgroups if len(subgroups) > 1 else ():
            sides = [known[named == name], known[named != name]]
            both = weights[np.all([weights[:, side].any(axis=1) for side in sides], axis=0)]
            ours, others = (_metrics([table.iloc[side] for table in tables], both[:, side]) for side in sides)
            for metric in ours:
                gap = interval_of(ours[metric] - others[metric])
                rows.append((kind, name, metric, len(sides[1]), gap["value"], gap["low"], gap["high"]))
    return pd.DataFrame(rows, columns=list(GAP_COLUMNS))


def _aligned(folds: Sequence[pd.DataFrame], patients: pd.DataFrame) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return the folds' tables in one order of the images, and the patients in the same."""
    tables = [table.sort_values("image_id", ignore_index=True) for table in folds]
    ids = tables[0]["image_id"]
    if any(not table["image_id"].equals(ids) for table in tables) or ids.duplicated().any():
        raise ValueError("the folds' predictions are not of the same images, each once; expected one common test set")
    found = patients.set_index("image_id").reindex(ids)
    if found["group"].isna().any():
        missing = found.index[found["group"].isna()][0]
        raise ValueError(
            f"{missing} is predicted but not among the {len(patients)} images of the index; run the same command again"
        )
    return tables, found


def _metrics(folds: Sequence[pd.DataFrame], weights: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return each metric's mean over folds, under each row of weights."""
    values: dict[str, list[np.ndarray]] = {}
    for table in folds:
        label, probabilities, classes = arrays_of(table)
        right = np.asarray(classes)[probabilities.argmax(axis=1)] == label
        values.setdefault("accuracy", []).append(weighted_accuracy(right, weights))
        values.setdefault("balanced_accuracy", []).append(weighted_balanced_accuracy(right, label, weights))
        for column, name in enumerate(classes):
            if name in MELANOMA:
                auc = weighted_auc(label == name, probabilities[:, column], weights)
                values.setdefault("melanoma_auc", []).append(auc)
    return {name: np.mean(of_folds, axis=0) for name, of_folds in values.items()}


def interval_of(values: np.ndarray) -> dict[str, float]:
    """Return value, low, high and draws, as in `measure_subgroups`, of a metric's value followed by its resamples."""
    resampled = values[1:][np.isfinite(values[1:])]
    known = len(resampled) and np.isfinite(values[0])
    low, high = np.quantile(resampled, [0.025, 0.975]) if known else (np.nan, np.nan)
    return {"value": float(values[0]), "low": float(low), "high": float(high), "draws": len(resampled)}


def patients_of(index: pd.DataFrame, groups: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Return the index of a data set with each image's group."""
    ours = groups.loc[groups["dataset"] == dataset, ["image_id", "group"]]
    return index.merge(ours, on="image_id", validate="one_to_one")
