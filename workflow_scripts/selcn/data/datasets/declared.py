"""Reader of a label table whose columns and diagnoses are declared."""

import re

import pandas as pd

from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, declared_table
from selcn.data.datasets.tables import image_names, mark_bad_ids, read_text_table, shown

# The archive's ids name one image in all data sets.
_ISIC_ID = re.compile(r"ISIC_\d{7}(?:_downsampled)?")


def read_declared(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels, lesions and patients of a declared table, without the diagnoses that are left out.

    Ids that are not the ISIC Archive's get the data set's name before them, since another data set may have the same
    for another image or lesion.
    """
    layout, prefix = settings.table, f"{settings.dataset}_"
    assert layout is not None
    path = declared_table(settings.dataset, settings.folder, layout.file)
    rows = read_text_table(path, tuple(layout.columns.values()), layout.delimiter)
    raw = rows[layout.columns["diagnosis"]]
    rows, raw = (table[~raw.isin(list(layout.left_out))].reset_index(drop=True) for table in (rows, raw))
    names = image_names(rows[layout.columns["image"]])
    ids = names["image_id"]
    names["image_id"] = ids.where((ids == "") | ids.str.fullmatch(_ISIC_ID), prefix + ids)
    lesions = rows.get(layout.columns.get("lesion"), pd.Series("", rows.index))
    frame = names.assign(
        lesion_id=(prefix + lesions).where(lesions != "", names["image_id"]),
        label=raw.map(layout.diagnoses),
        part="train",
        table=path.as_posix(),
        reason=raw.map(lambda value: _problem(value, layout.diagnoses)),
    )
    patients = {name: layout.columns[name] for name in PATIENT_COLUMNS if name in layout.columns}
    return mark_bad_ids(frame.join(read_patients(rows, patients)))


def _problem(value: str, diagnoses) -> str | None:
    if value in diagnoses:
        return None
    return (
        f"unknown class {shown(value)}; expected one of {', '.join(diagnoses)}: correct it, or add it to diagnoses, "
        "outside or left_out of the declaration"
    )
