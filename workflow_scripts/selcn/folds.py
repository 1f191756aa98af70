"""Rows of a split table that a fold is trained on, validated on or tested on."""

import pandas as pd

NO_FOLD = -1


def _require_fold(splits: pd.DataFrame, fold: int) -> None:
    folds = sorted(set(splits["fold"]) - {NO_FOLD})
    if fold not in folds:
        raise ValueError(f"there is no fold {fold} in the splits; expected one of {folds}")


def training_rows(splits: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return the rows that a fold's model is trained on; ValueError where there is no such fold."""
    _require_fold(splits, fold)
    return splits[splits["train"] & (splits["fold"] != fold)]


def validation_rows(splits: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return the rows that a fold's model is validated on; ValueError where there is no such fold."""
    _require_fold(splits, fold)
    return splits[splits["validation"] & (splits["fold"] == fold)]


def test_rows(splits: pd.DataFrame, role: str = "test") -> pd.DataFrame:  # noqa: PT028 (it is no test)
    """Return the rows of a test set: "test", or "official_test"; empty where there are none."""
    return splits[splits["role"] == role]
