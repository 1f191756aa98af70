"""What the readers of label tables share: reading text as text, and marking rows that are bad by themselves."""

from pathlib import Path

import pandas as pd

from selcn.data.datasets.ids import problem_with_id

_MOST_SHOWN = 80
# The longest of the data sets' tables has 3 MB.
_MOST_BYTES = 100_000_000


class LabelTableError(ValueError):
    """A label table as a whole is not what its data set's table should be."""


def read_text_table(path: Path, columns: tuple[str, ...] | None) -> pd.DataFrame:
    """Read a label table with every cell as stripped text.

    Parameters
    ----------
    path
        Comma- or, with the ending .tab, tab-separated; UTF-8.
    columns
        Columns that must be there; None: the table has no header, and columns are numbered.

    Raises
    ------
    LabelTableError
        The file is no such table, or a column is missing or there twice.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise LabelTableError(
            f"{path}: not a readable label table ({path.stat().st_size} bytes, expected up to {_MOST_BYTES}); get the "
            "original file again"
        )
    try:
        # The header is read as a row: pandas would rename a column that is there twice.
        rows = pd.read_csv(
            path, sep="\t" if path.suffix == ".tab" else ",", header=None, dtype=str, keep_default_na=False
        )
    except (ValueError, OSError) as error:  # pandas' parser errors and wrong encodings are ValueErrors
        reason = str(error).strip()
        raise LabelTableError(f"{path}: not a readable label table ({reason}); get the original file again") from error
    rows = rows.fillna("").apply(lambda column: column.str.strip())
    _refuse_line_breaks(rows, path)
    return rows if columns is None else _named(rows, columns, path)


def shown(cell: str) -> str:
    """Return a cell as messages show it: quoted, escaped and cut short, since a damaged one may hold a whole file."""
    return repr(cell if len(cell) <= _MOST_SHOWN else cell[:_MOST_SHOWN] + "...")


def _refuse_line_breaks(rows: pd.DataFrame, path: Path) -> None:
    """Stop at a cell over several lines: after a stray quotation mark it holds rows that would be lost unseen."""
    broken = rows.apply(lambda column: column.str.contains(r"[\r\n]")).any(axis=1)
    if broken.any():
        raise LabelTableError(
            f"{path}: not a readable label table (a cell of row {broken.idxmax() + 1} goes over several lines, as "
            "after a stray quotation mark); get the original file again"
        )


def _named(rows: pd.DataFrame, columns: tuple[str, ...], path: Path) -> pd.DataFrame:
    """Return the table named by its first row, without that row; columns that are there twice are left out."""
    header = rows.iloc[0].tolist()
    for problem, names in (
        ("no column", [name for name in columns if name not in header]),
        ("more than one column", [name for name in columns if header.count(name) > 1]),
    ):
        if names:
            raise LabelTableError(
                f"{path}: {problem} {', '.join(names)}; found {', '.join(map(shown, header[:20]))}. "
                "Use the data set's original file"
            )
    named = rows.iloc[1:].reset_index(drop=True)
    single = [name for name in header if header.count(name) == 1]
    return pd.DataFrame({name: named[header.index(name)] for name in single}, dtype=str)


def unknown_classes(raw: pd.Series, known: dict[str, str]) -> pd.Series:
    """Return, for every raw class, the reason that it is unknown, or null."""
    expected = ", ".join(known)
    return raw.map(
        lambda value: None if value in known else f"unknown class {shown(value)}; expected one of {expected}"
    )


def mark_bad_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Add reasons for bad ids and for ids given more than once, of which one row is left, with its reason.

    Parameters
    ----------
    frame
        The columns that a reader returns, as `selcn.data.datasets.index.READERS` says.
    """
    ids = frame["image_id"]
    occurrences = ids.map(ids.value_counts())
    repeated = occurrences.map(lambda count: f"id given {count} times" if count > 1 else None)
    # What is wrong with the id comes first: it makes the rest meaningless.
    reason = ids.map(problem_with_id).astype(object).fillna(repeated).fillna(frame["reason"])
    return frame.assign(reason=reason).drop_duplicates("image_id").reset_index(drop=True)
