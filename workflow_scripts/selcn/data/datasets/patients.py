"""Patient data in label tables, cleaned; missing if unknown or implausible."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

COLUMNS = ("age", "sex", "site", "source")
DECLARED_COLUMNS = ("patient_id", "skin_type")
"""Further columns of the indices of declared tables that have them."""
SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
"""Fitzpatrick's types."""
OLDEST = 120
SEXES = {"female": "female", "f": "female", "w": "female", "male": "male", "m": "male"}
"""Sexes as tables name them, in lower case, and as the study does."""
UNKNOWN = ("", "unknown", "nan", "na", "n/a", "none", "null")


def read_patients(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return age, sex, site and source of a label table's rows.

    No row is rejected for its patient data, which are used for subgroups only and not for training.

    Parameters
    ----------
    table
        Table of `read_text_table`.
    names
        Some of `COLUMNS` -> the table's own column name; other columns, or those not in the table, are missing.

    Returns
    -------
    DataFrame
        The table's index; age (float64, years, 0..`OLDEST`), sex (female or male), site (part of the body) and source
        (where the image was taken), in lower case; NaN or None where unknown.
    """
    texts = {name: table[names[name]].str.lower() for name in COLUMNS if names.get(name) in table}
    absent = pd.Series(None, table.index, dtype=object)
    known = {name: _known(texts[name]) if name in texts else absent for name in COLUMNS}
    age = pd.to_numeric(known["age"], errors="coerce").astype(float)
    known["age"] = age.where(age.between(0, OLDEST), np.nan)
    sex = known["sex"].map(SEXES).astype(object)
    known["sex"] = sex.where(sex.notna(), None)
    return pd.DataFrame(known)


def read_patient_ids(cells: pd.Series, prefix: str) -> pd.Series:
    """Return the ids of patients, with a prefix; None where unknown."""
    return (prefix + cells).astype(object).mask(cells.str.lower().isin(UNKNOWN), None)


def read_skin_types(cells: pd.Series) -> pd.Series:
    """Return Fitzpatrick's types, some of `SKIN_TYPES`, of numbers 1 to 6 or of these; None where there is none."""
    known = {str(number): name for number, name in enumerate(SKIN_TYPES, start=1)} | {name: name for name in SKIN_TYPES}
    types = cells.str.upper().str.removesuffix(".0").map(known).astype(object)
    return types.where(types.notna(), None)


def _known(text: pd.Series) -> pd.Series:
    return text.astype(object).mask(text.isin(UNKNOWN), None)
