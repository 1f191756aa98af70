"""Label tables: reading them as text, and marking rows with bad ids or classes."""

import codecs
import re
from io import StringIO
from pathlib import Path

import pandas as pd

from selcn.data.datasets.ids import problem_with_id
from selcn.data.datasets.spreadsheets import SUFFIX, read_spreadsheet

_MOST_SHOWN = 80
# Excel's where the comma is the decimal point; of equally frequent ones the first, since that comma is in every mark.
_SEPARATORS = ("\t", ";", ",")
_DECIMAL_COMMA = re.compile(r"^(\d+),(\d+)$")
_IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|png|bmp)$", re.IGNORECASE)
# The largest table of the data sets has 3 MB.
_MOST_BYTES = 100_000_000


class LabelTableError(ValueError):
    """A label table is not in the format of its data set."""


def read_text_table(path: Path, columns: tuple[str, ...] | None, delimiter: str | None = None) -> pd.DataFrame:
    """Read a label table with every cell as stripped text.

    Parameters
    ----------
    path
        Separated by commas, semicolons or tabs, whichever the first line has most; UTF-8, or UTF-16 with a byte order
        mark. Beside semicolons and tabs, a number's decimal comma is read as a point. Of a spreadsheet (.xlsx) the
        first sheet is read.
    columns
        Required columns; None for a table without header, whose columns are numbered.
    delimiter
        What separates the cells, if it is none of these.

    Raises
    ------
    LabelTableError
        The file is not such a table, or a column is missing or duplicated.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise LabelTableError(
            f"{path}: not a readable label table ({path.stat().st_size} bytes, expected up to {_MOST_BYTES}); get the "
            "original file again"
        )
    try:
        rows = read_spreadsheet(path) if path.suffix.lower() == SUFFIX else _read_csv(path, delimiter)
    except (ValueError, OSError) as error:  # pandas' parser errors and wrong encodings are ValueErrors
        reason = str(error).strip()
        raise LabelTableError(
            f"{path}: not a readable label table ({reason}); get the original file again, or save it as CSV in UTF-8"
        ) from error
    _refuse_line_breaks(rows, path)
    return rows if columns is None else _named(rows, columns, path)


def _read_csv(path: Path, delimiter: str | None) -> pd.DataFrame:
    text = _text_of(path)
    if not text.strip():
        raise ValueError("the file is empty")
    separator = delimiter or max(_SEPARATORS, key=text.partition("\n")[0].count)
    # The header is read as a row: pandas would rename a duplicated column.
    rows = pd.read_csv(StringIO(text), sep=separator, header=None, dtype=str, keep_default_na=False)
    rows = rows.fillna("").apply(lambda column: column.str.strip())
    return rows if separator == "," else rows.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)


def image_names(cells: pd.Series) -> pd.DataFrame:
    """Return the ids that a label table's cells give its images (image_id) and their file names (file_name).

    A cell may be an id or a file name; a folder in it is kept, so that it is rejected.
    """
    ids = cells.str.replace(_IMAGE_SUFFIX, "", regex=True)
    return pd.DataFrame({"image_id": ids, "file_name": cells.where(cells != ids, ids + ".jpg")})


def _text_of(path: Path) -> str:
    """Return a table's text; Excel writes UTF-8 and UTF-16 with a byte order mark."""
    content = path.read_bytes()
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig")


def shown(cell: str) -> str:
    """Return a cell for messages: quoted, escaped and truncated, since a damaged one may contain a whole file."""
    return repr(cell if len(cell) <= _MOST_SHOWN else cell[:_MOST_SHOWN] + "...")


def _refuse_line_breaks(rows: pd.DataFrame, path: Path) -> None:
    """Raise an error for a cell with line breaks: after a stray quotation mark it would silently swallow rows."""
    broken = rows.apply(lambda column: column.str.contains(r"[\r\n]")).any(axis=1)
    if broken.any():
        raise LabelTableError(
            f"{path}: not a readable label table (a cell of row {broken.idxmax() + 1} spans several lines, as "
            "after a stray quotation mark); get the original file again"
        )


def _named(rows: pd.DataFrame, columns: tuple[str, ...], path: Path) -> pd.DataFrame:
    """Return the table with its first row as column names; duplicated columns are left out."""
    header = rows.iloc[0].tolist()
    for problem, names in (
        ("no column", [name for name in columns if name not in header]),
        ("more than one column", [name for name in columns if header.count(name) > 1]),
    ):
        if names:
            raise LabelTableError(
                f"{path}: {problem} {', '.join(names)}; found {', '.join(map(shown, header[:20]))}. "
                "Use the data set's original file; for a table of your own, correct columns or delimiter in its "
                "declaration"
            )
    named = rows.iloc[1:].reset_index(drop=True)
    single = [name for name in header if header.count(name) == 1]
    return pd.DataFrame({name: named[header.index(name)] for name in single}, dtype=str)


def unknown_classes(raw: pd.Series, known: dict[str, str]) -> pd.Series:
    """Return, for every raw class, why it is unknown, or null."""
    expected = ", ".join(known)
    return raw.map(
        lambda value: (
            None if value in known else f"unknown class {shown(value)}; expected one of {expected}: correct it"
        )
    )


def mark_bad_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Add reasons for bad ids and for repeated ids, of which one row is kept, with its reason.

    Parameters
    ----------
    frame
        Columns of a reader, see `selcn.data.datasets.index.READERS`.
    """
    ids = frame["image_id"]
    occurrences = ids.map(ids.value_counts())
    repeated = occurrences.map(
        lambda count: f"id given {count} times, expected once; remove the other rows" if count > 1 else None
    )
    # A bad id comes first: it makes other reasons meaningless.
    reason = ids.map(problem_with_id).astype(object).fillna(repeated).fillna(frame["reason"])
    return frame.assign(reason=reason).drop_duplicates("image_id").reset_index(drop=True)
