"""Patient data in label tables, cleaned; missing if unknown or implausible."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

COLUMNS = ("age", "sex", "site", "source")
OLDEST = 120
SEXES = ("female", "male")
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
        The table's index; age (float64, years, 0..`OLDEST`), sex (`SEXES`), site (part of the body) and source (where
        the image was taken), in lower case; NaN or None where unknown.
    """
    texts = {name: table[names[name]].str.lower() for name in COLUMNS if names.get(name) in table}
    absent = pd.Series(None, table.index, dtype=object)
    known = {name: _known(texts[name]) if name in texts else absent for name in COLUMNS}
    age = pd.to_numeric(known["age"], errors="coerce").astype(float)
    known["age"] = age.where(age.between(0, OLDEST), np.nan)
    known["sex"] = known["sex"].where(known["sex"].isin(SEXES), None)
    return pd.DataFrame(known)


def _known(text: pd.Series) -> pd.Series:
    return text.astype(object).mask(text.isin(UNKNOWN), None)
