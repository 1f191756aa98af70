"""What label tables say of the bearer of a lesion: cleaned, and missing where it is not known or makes no sense."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

COLUMNS = ("age", "sex", "site", "source")
OLDEST = 120
SEXES = ("female", "male")
UNKNOWN = ("", "unknown", "nan", "na", "n/a", "none", "null")


def read_patients(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return age, sex, site and source of a label table's rows.

    No row is bad for what stands here: it decides nothing that is trained, only what is told apart afterwards.

    Parameters
    ----------
    table
        What `read_text_table` returns.
    names
        Some of `COLUMNS` -> the table's own name for it. What is not named, or not in the table, is missing.

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
