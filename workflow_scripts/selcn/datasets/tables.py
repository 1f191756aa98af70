"""What the readers of label tables share: reading text as text, and marking rows that are bad by themselves."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

# An id becomes the name of files, so it must be one: no separator, no hidden name, short enough.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class LabelTableError(ValueError):
    """A label table as a whole is not what its data set's table should be."""


@dataclass(frozen=True)
class Candidates:
    """What a data set's tables say, before any image is looked at.

    Parameters
    ----------
    frame
        Columns image_id, lesion_id, label, part, file_name (as the data set names it), table (the label table's
        path), reason (why the row is bad, else null) and those of `selcn.datasets.patients`; one row an id.
    left_out
        Class that the study does not use -> number of rows with it.
    """

    frame: pd.DataFrame
    left_out: dict[str, int] = field(default_factory=dict)


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
        The file is no such table, or a column is missing.
    """
    try:
        frame = pd.read_csv(
            path,
            sep="\t" if path.suffix == ".tab" else ",",
            header=None if columns is None else 0,
            index_col=False,
            dtype=str,
            keep_default_na=False,
        )
    except ValueError as error:  # pandas' parser errors and wrong encodings are all of this kind
        raise LabelTableError(f"{path}: not a readable label table ({error}); get the original file again") from error
    missing = [name for name in columns or () if name not in frame.columns]
    if missing:
        raise LabelTableError(
            f"{path}: no column {', '.join(missing)}; found {', '.join(map(str, frame.columns))}. "
            "Use the data set's original file"
        )
    return frame.fillna("").apply(lambda column: column.str.strip())


def problem_with_id(image_id: str) -> str | None:
    """Return why an id cannot be one (it would leave its folder, or is no plain file name), or None."""
    if not image_id:
        return "no id"
    if ".." in image_id or "/" in image_id or "\\" in image_id:
        return "id would leave its folder"
    if not _ID.fullmatch(image_id):
        return "id is no plain file name: expected up to 100 of A-Z a-z 0-9 _ . - starting with a letter or digit"
    return None


def unknown_classes(raw: pd.Series, known: dict[str, str]) -> pd.Series:
    """Return, for every raw class, the reason that it is unknown, or null."""
    expected = ", ".join(known)
    return raw.map(lambda value: None if value in known else f"unknown class {value!r}; expected one of {expected}")


def mark_bad_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Add reasons for bad ids and for ids given more than once, of which one row is left, with its reason.

    Parameters
    ----------
    frame
        The columns of `Candidates.frame`.
    """
    ids = frame["image_id"]
    occurrences = ids.map(ids.value_counts())
    repeated = occurrences.map(lambda count: f"id given {count} times" if count > 1 else None)
    # What is wrong with the id comes first: it makes the rest meaningless.
    reason = ids.map(problem_with_id).astype(object).fillna(repeated).fillna(frame["reason"])
    return frame.assign(reason=reason).drop_duplicates("image_id").reset_index(drop=True)
