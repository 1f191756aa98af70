"""PH2's label table (Mendonca et al. 2013), a spreadsheet with lines above its header or a text file between bars."""

import re
from pathlib import Path

import pandas as pd

from selcn.data.datasets.spreadsheets import SUFFIX
from selcn.data.datasets.tables import LabelTableError, read_text_table

# The spreadsheet has a column each, the text file codes.
DIAGNOSES = {"0": "common nevus", "1": "atypical nevus", "2": "melanoma"}
_MARK = "X"
_BARS = re.compile(r"\|{1,2}")


def read_ph2(path: Path) -> pd.DataFrame:
    """Return PH2's label table, of either of its files, as a plain table of text.

    Returns
    -------
    DataFrame
        name (of the image); diagnosis (one of `DIAGNOSES`, empty if unknown); asymmetry (0: fully symmetric, 1:
        symmetric to one axis, 2: fully asymmetric); mask (file name of the lesion mask).

    Raises
    ------
    LabelTableError
        The file is not such a table, or a column is missing.
    """
    rows = _spreadsheet(path) if path.suffix.lower() == SUFFIX else _text(path)
    rows = rows[rows["name"] != ""].reset_index(drop=True)
    return rows.assign(mask=rows["name"] + "_lesion.bmp")


def _spreadsheet(path: Path) -> pd.DataFrame:
    rows = _below_header(read_text_table(path, None).to_numpy().tolist(), "Image Name", path)
    marked = pd.DataFrame({name: _column(rows, name.title(), path) for name in DIAGNOSES.values()}) == _MARK
    return pd.DataFrame(
        {
            "name": _column(rows, "Image Name", path),
            # Two marks are no diagnosis, and refused as such.
            "diagnosis": marked.apply(lambda row: ", ".join(row.index[row]), axis=1),
            "asymmetry": _column(rows, "Asymmetry", path),
        }
    )


def _text(path: Path) -> pd.DataFrame:
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    # Legends stand below the table.
    cells = [_BARS.split(line.strip("|")) for line in lines if line.startswith("|")]
    rows = _below_header([[cell.strip() for cell in line] for line in cells], "Name", path)
    return pd.DataFrame(
        {
            "name": _column(rows, "Name", path),
            "diagnosis": _column(rows, "Clinical Diagnosis", path).map(lambda code: DIAGNOSES.get(code, code)),
            "asymmetry": _column(rows, "Asymmetry", path),
        }
    )


def _below_header(rows: list[list[str]], first: str, path: Path) -> pd.DataFrame:
    """Return the rows below the header, which begins with a name."""
    for number, header in enumerate(rows):
        if header[0] == first:
            below = pd.DataFrame([row[: len(header)] for row in rows[number + 1 :]], columns=range(len(header)))
            return below.fillna("").set_axis(header, axis=1)
    raise LabelTableError(f"{path}: no row that begins with {first}; use the data set's original file")


def _column(rows: pd.DataFrame, name: str, path: Path) -> pd.Series:
    """Return the column whose name begins so; the spreadsheet's go on with their values: Asymmetry (0/1/2)."""
    found = [column for column in rows if column.startswith(name)]
    if len(found) != 1:
        raise LabelTableError(
            f"{path}: {len(found)} columns whose names begin with {name}; expected one among {', '.join(rows)}: use "
            "the data set's original file"
        )
    return rows[found[0]]
