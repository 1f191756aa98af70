"""Reader of HAM10000 (Tschandl et al. 2018): one row per image in HAM10000_metadata, with or without .csv."""

import pandas as pd

from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, label_tables
from selcn.data.datasets.tables import image_names, mark_bad_ids, read_text_table, unknown_classes

CLASSES = {name: name for name in ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")}


def read_ham10000(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels, lesions and patients of HAM10000; only newer releases have the source, in `dataset`."""
    path = label_tables("ham10000", settings.folder)["metadata"]
    rows = read_text_table(path, ("lesion_id", "image_id", "dx"))
    names = image_names(rows["image_id"])
    frame = names.assign(
        lesion_id=rows["lesion_id"].where(rows["lesion_id"] != "", names["image_id"]),
        label=rows["dx"].map(CLASSES),
        part="train",
        table=path.as_posix(),
        reason=unknown_classes(rows["dx"], CLASSES),
    )
    patients = read_patients(rows, {"age": "age", "sex": "sex", "site": "localization", "source": "dataset"})
    return mark_bad_ids(frame.join(patients))
