"""Rows of a split table that a fold is trained on, validated on or tested on."""

import pandas as pd

NO_FOLD = -1
CROSS_VALIDATION, SEARCH = "fold", "search_fold"
"""The columns of a split table that divide the pool: into folds, and into quarters for the search (section 5.2)."""


def _require_fold(splits: pd.DataFrame, fold: int, column: str) -> None:
    folds = sorted(set(splits[column]) - {NO_FOLD})
    if fold not in folds:
        raise ValueError(f"there is no {column} {fold} in the splits; expected one of {folds}")


def training_rows(splits: pd.DataFrame, fold: int, column: str = CROSS_VALIDATION) -> pd.DataFrame:
    """Return the rows that a fold's model is trained on; ValueError where there is no such fold."""
    _require_fold(splits, fold, column)
    return splits[splits["train"] & (splits[column] != fold)]


def validation_rows(splits: pd.DataFrame, fold: int, column: str = CROSS_VALIDATION) -> pd.DataFrame:
    """Return the rows that a fold's model is validated on; ValueError where there is no such fold."""
    _require_fold(splits, fold, column)
    return splits[splits["validation"] & (splits[column] == fold)]


def test_rows(splits: pd.DataFrame, role: str = "test") -> pd.DataFrame:  # noqa: PT028 (it is no test)
    """Return the rows of a test set: "test", or "official_test"; empty where there are none."""
    return splits[splits["role"] == role]
