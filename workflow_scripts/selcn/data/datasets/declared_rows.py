"""Rows of a declared label table under the declaration's names of their columns."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pandas as pd

from selcn.data.datasets.files import MASK_NAMES, list_files
from selcn.data.datasets.ph2 import read_ph2
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, declared_tables
from selcn.data.datasets.table_layout import TableLayout
from selcn.data.datasets.tables import LabelTableError, read_text_table, shown

_MARKED, _UNMARKED = ("1", "1.0"), ("0", "0.0", "")
_FOLDERS = r"^(?:[\w-][\w .-]*/)+"


def read_rows(settings: SourceSettings) -> pd.DataFrame:
    """Read the rows of a declared table from all its files; without one, a row for each lesion mask.

    Returns
    -------
    DataFrame
        Text: the declared columns under their keys (`image`, `lesion`, ...), `diagnosis` where the table has any, and
        `table`, the path of the row's file.

    Raises
    ------
    MissingDatasetError
        A table, or a folder of masks, is missing.
    LabelTableError
        A table is not in the expected format.
    """
    layout = settings.table
    assert layout is not None
    if not layout.file:
        return _rows_of_masks(settings)
    paths = declared_tables(settings.dataset, settings.folder, layout.file)
    own, join = _own_columns(layout), layout.join
    rows = _read(paths, layout, own if join is None else (join["by"],))
    if join is not None:
        further = _read(declared_tables(settings.dataset, settings.folder, join["file"]), layout, (join["by"],))
        rows = _joined(rows, further, join["by"], own)
    rows = rows.assign(**{name: "" for name in layout.optional if name not in rows})
    for column, pattern in layout.rows.items():
        rows = rows[rows[column].str.fullmatch(pattern)]
    named = {key: rows[column] for key, column in layout.columns.items() if isinstance(column, str)}
    named["image"] = named["image"].str.replace(_FOLDERS, "", regex=True)
    if layout.diagnosed:
        named["diagnosis"] = _diagnoses(rows, layout)
    return pd.DataFrame(named | {"table": rows["table"]}).reset_index(drop=True)


def _rows_of_masks(settings: SourceSettings) -> pd.DataFrame:
    masks = list_files((settings.folder, *settings.image_folders), settings.mask_folders).masks
    if not masks:
        raise MissingDatasetError(
            f"{settings.dataset}: no lesion masks in {', '.join(settings.mask_folders or ()) or settings.searched}; "
            f"expected {MASK_NAMES}: add them, or name their folder in data.{settings.dataset}.mask_folders"
        )
    return pd.DataFrame({"image": sorted(masks), "table": settings.folder}, dtype=str)


def _own_columns(layout: TableLayout) -> tuple[str, ...]:
    """Return the table's own names of all columns that it must have."""
    declared = [[column] if isinstance(column, str) else column for column in layout.columns.values()]
    columns = dict.fromkeys([*chain(*declared), *layout.rows, *_diagnosis_columns(layout)])
    return tuple(name for name in columns if name not in layout.optional)


def _diagnosis_columns(layout: TableLayout) -> list[str]:
    """Return the columns that are a diagnosis each."""
    return [name for name in (*layout.diagnoses, *layout.left_out) if name] if layout.one_hot else []


def _read(paths: Sequence[Path], layout: TableLayout, required: tuple[str, ...]) -> pd.DataFrame:
    read = (
        read_ph2(path) if layout.format == "ph2" else read_text_table(path, required, layout.delimiter)
        for path in paths
    )
    tables = [rows.assign(table=path.as_posix()) for rows, path in zip(read, paths, strict=True)]
    return pd.concat(tables, ignore_index=True).fillna("")


def _joined(rows: pd.DataFrame, further: pd.DataFrame, by: str, required: Sequence[str]) -> pd.DataFrame:
    """Return rows with the further columns of the first row of another table that has the same value in a column."""
    if missing := [name for name in required if name not in rows and name not in further]:
        raise LabelTableError(
            f"{rows['table'].iloc[0]}: no column {', '.join(missing)}, nor has {further['table'].iloc[0]}; found "
            f"{', '.join(map(shown, [*rows, *further][:20]))}. Correct columns in the declaration, or use the data "
            "set's original files"
        )
    added = [name for name in further if name not in rows]
    return rows.join(further.drop_duplicates(by).set_index(by)[added], on=by).fillna("")


def _diagnoses(rows: pd.DataFrame, layout: TableLayout) -> pd.Series:
    """Return the diagnosis of each row: of a column, the first known one of several, or the name of a marked column."""
    if layout.one_hot:
        return _marked(rows[_diagnosis_columns(layout)])
    column = layout.columns["diagnosis"]
    if isinstance(column, str):
        return rows[column]
    cells, known = rows[list(column)], [*layout.diagnoses, *layout.left_out]
    # Where none is known, the first that is filled is named as unknown.
    candidates = pd.concat([cells.where(cells.isin(known) & (cells != "")), cells.where(cells != "")], axis=1)
    return candidates.bfill(axis=1).iloc[:, 0].fillna("")


def _marked(cells: pd.DataFrame) -> pd.Series:
    """Return the name of the column that is marked; of none empty, and of several or another mark no diagnosis."""
    names = cells.isin(_MARKED).dot(cells.columns + ", ").str.removesuffix(", ")
    return names.where(cells.isin([*_MARKED, *_UNMARKED]).all(axis=1), "a mark other than 1 and 0")
