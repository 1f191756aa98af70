"""Label tables in a spreadsheet (.xlsx)."""

from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

SUFFIX = ".xlsx"


def read_spreadsheet(path: Path) -> pd.DataFrame:
    """Return the first sheet of a workbook, every cell as stripped text, with numbered rows and columns.

    Raises
    ------
    ValueError
        The file is not a workbook, or its first sheet is empty.
    """
    try:
        rows = pd.read_excel(path, header=None, dtype=str, engine="openpyxl", keep_default_na=False)
    except (BadZipFile, KeyError) as error:
        raise ValueError(f"not an Excel workbook: {error}") from error
    if rows.empty:
        raise ValueError("its first sheet is empty")
    # Line breaks in a cell are its author's layout.
    return rows.fillna("").apply(lambda column: column.str.split().str.join(" "))
