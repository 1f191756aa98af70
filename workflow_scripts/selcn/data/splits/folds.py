"""Training, validation and test rows of a fold in a split table."""

import pandas as pd

NO_FOLD = -1
CROSS_VALIDATION, SEARCH = "fold", "search_fold"
"""Columns of a split table that divide the development set: into folds, and into quarters for the search."""


def _require_fold(splits: pd.DataFrame, fold: int, column: str) -> None:
    folds = sorted(set(splits[column]) - {NO_FOLD})
    if fold not in folds:
        raise ValueError(f"no {column} {fold} in the splits; expected one of {folds}")


def training_rows(splits: pd.DataFrame, fold: int, column: str = CROSS_VALIDATION) -> pd.DataFrame:
    """Return the training rows of a fold; ValueError if there is no such fold."""
    _require_fold(splits, fold, column)
    return splits[splits["train"] & (splits[column] != fold)]


def validation_rows(splits: pd.DataFrame, fold: int, column: str = CROSS_VALIDATION) -> pd.DataFrame:
    """Return the validation rows of a fold; ValueError if there is no such fold."""
    _require_fold(splits, fold, column)
    return splits[splits["validation"] & (splits[column] == fold)]


def test_rows(splits: pd.DataFrame, role: str = "test") -> pd.DataFrame:  # noqa: PT028 (not a test)
    """Return the rows of a test set, role "test" or "official_test"; may be empty."""
    return splits[splits["role"] == role]
