"""Reader of a label table whose columns and labels are declared."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from selcn.data.datasets.ids import ISIC_ID
from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.patients import read_patient_ids, read_patients, read_skin_types
from selcn.data.datasets.sources import UNLABELLED, SourceSettings, TableLayout, declared_table
from selcn.data.datasets.tables import image_names, mark_bad_ids, read_text_table, shown


def read_declared(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels, lesions and patients of a declared table, without the rows that are left out.

    Ids that are not the ISIC Archive's get the data set's prefix, since another data set may have the same for another
    image, lesion or patient.
    """
    layout = settings.table
    assert layout is not None
    path = declared_table(settings.dataset, settings.folder, layout.file)
    rows, raw = _labelled_rows(read_text_table(path, tuple(layout.columns.values()), layout.delimiter), layout)
    columns, prefix = layout.columns, f"{settings.dataset}_" if layout.prefix is None else layout.prefix
    names = image_names(rows[columns["image"]])
    ids = names["image_id"]
    names["image_id"] = ids.where((ids == "") | ids.str.fullmatch(ISIC_ID), prefix + ids)
    lesions = rows.get(columns.get("lesion"), pd.Series("", rows.index))
    key, labels = ("symmetry", layout.symmetry) if layout.symmetry else ("diagnoses", layout.diagnoses)
    frame = names.assign(
        lesion_id=(prefix + lesions).where(lesions != "", names["image_id"]),
        label=raw.map(labels) if raw is not None else UNLABELLED,
        part="train",
        table=path.as_posix(),
        reason=raw.map(lambda value: _problem(value, key, labels)) if raw is not None else None,
        mask_name=rows[columns["mask"]] if "mask" in columns else ids,
    )
    if "patient" in columns:
        frame["patient_id"] = read_patient_ids(rows[columns["patient"]], prefix)
    if "skin_type" in columns:
        frame["skin_type"] = read_skin_types(rows[columns["skin_type"]])
    patients = {name: columns[name] for name in PATIENT_COLUMNS if name in columns}
    return mark_bad_ids(frame.join(read_patients(rows, patients)))


def read_declared_diagnoses(settings: SourceSettings) -> pd.DataFrame:
    """Return the diagnoses that a declared table of symmetry has beside its labels.

    Returns
    -------
    DataFrame
        Columns image_id and label (a value of the layout's `diagnoses`), of the images that have one.
    """
    layout = settings.table
    assert layout is not None
    diagnosed = replace(layout, symmetry={})
    frame = read_declared(replace(settings, table=diagnosed))
    return frame.loc[frame["label"].notna(), ["image_id", "label"]].reset_index(drop=True)


def _labelled_rows(rows: pd.DataFrame, layout: TableLayout) -> tuple[pd.DataFrame, pd.Series | None]:
    """Return the rows that are not left out, and the cells of their labels; None for a table without labels."""
    column = layout.columns.get("symmetry" if layout.symmetry else "diagnosis")
    if column is None:
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
