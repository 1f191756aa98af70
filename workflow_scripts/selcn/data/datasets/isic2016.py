"""Reader of the ISBI 2016 challenge, part 3: two columns with or without header, and an optional test part."""

from pathlib import Path

import pandas as pd

from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, label_tables
from selcn.data.datasets.tables import LabelTableError, image_names, mark_bad_ids, read_text_table, unknown_classes

CLASSES = {"benign": "benign", "malignant": "malignant", "0": "benign", "1": "malignant"}
# A first row is a header only if it begins with one of these; any other is read as an image.
HEADERS = {"id", "image", "image_id", "image_name", "isic_id", "name", "file", "filename"}


def read_isic2016(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels of ISIC 2016's training part and, if its table exists, of its official test part."""
    tables = label_tables("isic2016", settings.folder)
    frame = pd.concat([_read_part(path, part) for part, path in tables.items()], ignore_index=True)
    return mark_bad_ids(frame)


def _read_part(path: Path, part: str) -> pd.DataFrame:
    rows = read_text_table(path, None)
    if rows.shape[1] != 2:
        raise LabelTableError(
            f"{path}: {rows.shape[1]} columns; expected 2, image id and class: use the data set's original file"
        )
    if rows.iloc[0, 0].lower() in HEADERS:
        rows = rows.iloc[1:]
    raw = rows[1].str.removesuffix(".0")
    names = image_names(rows[0])
    frame = names.assign(
        lesion_id=names["image_id"],
        label=raw.map(CLASSES),
        part=part,
        table=path.as_posix(),
        reason=unknown_classes(raw, CLASSES),
    )
    return frame.join(read_patients(rows, {}))
