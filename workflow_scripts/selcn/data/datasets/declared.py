"""Reader of a label table whose columns and labels are declared."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from selcn.data.datasets.declared_rows import read_rows
from selcn.data.datasets.ids import ARCHIVE_ID
from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.patients import read_patient_ids, read_patients, read_skin_types
from selcn.data.datasets.sources import UNLABELLED, SourceSettings
from selcn.data.datasets.table_layout import TableLayout
from selcn.data.datasets.tables import image_names, mark_bad_ids, shown


def read_declared(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels, lesions and patients of a declared table, without the rows that are left out.

    Ids that are not the ISIC Archive's get the data set's prefix, since another data set may have the same for another
    image, lesion or patient.
    """
    layout = settings.table
    assert layout is not None
    rows, raw = _labelled_rows(read_rows(settings), layout)
    prefix = f"{settings.dataset}_" if layout.prefix is None else layout.prefix
    names = image_names(rows["image"])
    ids = names["image_id"]
    names["image_id"] = _prefixed(ids, prefix)
    lesions = rows.get("lesion", pd.Series("", rows.index, dtype=str))
    key, labels = ("symmetry", layout.symmetry) if layout.symmetry else ("diagnoses", layout.diagnoses)
    frame = names.assign(
        lesion_id=_prefixed(lesions, prefix).where(lesions != "", names["image_id"]),
        label=raw.map(labels) if raw is not None else UNLABELLED,
        part="train",
        table=rows["table"],
        reason=raw.map(lambda value: _problem(value, key, labels)) if raw is not None else None,
        mask_name=rows.get("mask", ids),
    )
    if "patient" in rows:
        patients = rows["patient"]
        frame["patient_id"] = read_patient_ids(patients, prefix).where(~_of_archive(patients), patients)
    if "skin_type" in rows:
        frame["skin_type"] = read_skin_types(rows["skin_type"])
    return mark_bad_ids(frame.join(read_patients(rows, {name: name for name in PATIENT_COLUMNS if name in rows})))


def read_declared_diagnoses(settings: SourceSettings) -> pd.DataFrame:
    """Return the diagnoses that a declared table of symmetry has beside its labels.

    Returns
    -------
    DataFrame
        Columns image_id and label (a value of the layout's `diagnoses`), of the images that have one.
    """
    layout = settings.table
    assert layout is not None
    diagnosed = replace(layout, symmetry={}, left_out=())
    frame = read_declared(replace(settings, table=diagnosed))
    return frame.loc[frame["label"].notna(), ["image_id", "label"]].reset_index(drop=True)


def _prefixed(ids: pd.Series, prefix: str) -> pd.Series:
    """Return ids with a prefix, but empty ones and the archive's as they are."""
    return ids.where((ids == "") | _of_archive(ids), prefix + ids)


def _of_archive(ids: pd.Series) -> pd.Series:
    return ids.str.fullmatch(ARCHIVE_ID).astype(bool)


def _labelled_rows(rows: pd.DataFrame, layout: TableLayout) -> tuple[pd.DataFrame, pd.Series | None]:
    """Return the rows that are not left out, and the cells of their labels; None for a table without labels."""
    column = "symmetry" if layout.symmetry else "diagnosis"
    if column not in rows:
        return rows, None
    kept = rows[~rows[column].isin(list(layout.left_out))].reset_index(drop=True)
    return kept, kept[column]


def _problem(value: str, key: str, labels: Mapping[str, str]) -> str | None:
    if value in labels:
        return None
    keys = "symmetry" if key == "symmetry" else "diagnoses, outside"
    return (
        f"unknown class {shown(value)}; expected one of {', '.join(labels)}: correct it, or add it to {keys} or "
        "left_out of the declaration"
    )
