"""SymDerm v2.0 (Talavera-Martinez et al. 2023): symmetry labels of images that lie in other data sets."""

import pandas as pd

from selcn.datasets.patients import read_patients
from selcn.datasets.sources import SourceSettings, label_tables, lesion_tables
from selcn.datasets.tables import mark_bad_ids, read_text_table, unknown_classes

# Symmetry to one axis (1) and to two axes (2) are merged (section 5.1).
CLASSES = {"0": "asymmetric", "1": "symmetric", "2": "symmetric"}


def read_symderm(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels of SymDerm; lesions are known where HAM10000's metadata lies beside an image folder."""
    path = label_tables("symderm", settings.folder)["labels"]
    rows = read_text_table(path, ("File", "labels_symmetry"))
    raw = rows["labels_symmetry"].str.removesuffix(".0")
    # Only the ending goes: a folder in the name must stay to be seen and refused.
    ids = rows["File"].str.replace(r"\.\w+$", "", regex=True)
    lesions = _lesions(settings.image_folders)
    frame = pd.DataFrame(
        {
            "image_id": ids,
            "lesion_id": [lesions.get(image_id, image_id) for image_id in ids],
            "label": raw.map(CLASSES),
            "part": "train",
            "file_name": rows["File"],
            "table": path.as_posix(),
            "reason": unknown_classes(raw, CLASSES),
        }
    )
    return mark_bad_ids(frame.join(read_patients(rows, {})))


def _lesions(image_folders: tuple[str, ...]) -> dict[str, str]:
    lesions: dict[str, str] = {}
    for path in reversed(lesion_tables(image_folders)):  # the first named folder has the last word
        rows = read_text_table(path, ("lesion_id", "image_id"))
        lesions |= {image: lesion for image, lesion in zip(rows["image_id"], rows["lesion_id"], strict=True) if lesion}
    return lesions
