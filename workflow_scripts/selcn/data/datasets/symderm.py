"""Reader of SymDerm v2.0 (Talavera-Martinez et al. 2023): symmetry labels for images of other data sets."""

import pandas as pd

from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, label_tables, lesion_tables
from selcn.data.datasets.tables import image_names, mark_bad_ids, read_text_table, unknown_classes

# Symmetry to one axis (1) and to two axes (2) are merged (section 5.1).
CLASSES = {"0": "asymmetric", "1": "symmetric", "2": "symmetric"}


def read_symderm(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels of SymDerm; lesions are known if HAM10000's metadata are in or above an image folder."""
    path = label_tables("symderm", settings.folder)["labels"]
    rows = read_text_table(path, ("File", "labels_symmetry"))
    raw = rows["labels_symmetry"].str.removesuffix(".0")
    names = image_names(rows["File"])
    lesions = _metadata(settings.image_folders, "lesion_id")
    frame = names.assign(
        lesion_id=[lesions.get(image_id, image_id) for image_id in names["image_id"]],
        label=raw.map(CLASSES),
        part="train",
        table=path.as_posix(),
        reason=unknown_classes(raw, CLASSES),
    )
    return mark_bad_ids(frame.join(read_patients(rows, {})))


def read_diagnoses(image_folders: tuple[str, ...]) -> pd.DataFrame:
    """Read the diagnoses of HAM10000's images if its metadata are in or above an image folder.

    Returns
    -------
    DataFrame
        Columns image_id and label (a class of HAM10000), sorted by image_id, each once; empty without metadata.

    Raises
    ------
    LabelTableError
        A label table is not in the expected format.
    """
    known = _metadata(image_folders, "dx").items()
    return pd.DataFrame(sorted(known), columns=["image_id", "label"], dtype="str")


def _metadata(image_folders: tuple[str, ...], column: str) -> dict[str, str]:
    """Return a column of HAM10000's metadata by image, without empty values."""
    known: dict[str, str] = {}
    for path in reversed(lesion_tables(image_folders)):  # the first folder takes precedence
        rows = read_text_table(path, (column, "image_id"))
        ids = image_names(rows["image_id"])["image_id"]
        known |= {image: value for image, value in zip(ids, rows[column], strict=True) if value}
    return known
