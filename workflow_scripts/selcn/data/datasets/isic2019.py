"""ISIC 2019: one-hot ground truth, lesions in the metadata, HAM10000's images among its own; an official test set."""

from pathlib import Path

import pandas as pd

from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, label_tables
from selcn.data.datasets.tables import mark_bad_ids, read_text_table

# SCC and UNK are in no other data set, so that no network knows them; they are kept to see whether it notices.
CLASSES = {
    "MEL": "mel",
    "NV": "nv",
    "BCC": "bcc",
    "AK": "akiec",
    "BKL": "bkl",
    "DF": "df",
    "VASC": "vasc",
    "SCC": "scc",
    "UNK": "unk",
}
PATIENTS = {"age": "age_approx", "sex": "sex", "site": "anatom_site_general", "source": "source"}


def read_isic2019(settings: SourceSettings) -> pd.DataFrame:
    """Read the labels, lesions and patients of ISIC 2019's training part and, where its table is there, its test part.

    The official test set's ground truth has further columns, which only its challenge's ranking needs, and its metadata
    name no lesions. Without these metadata nothing is known of its patients.
    """
    tables = label_tables("isic2019", settings.folder)
    parts = [_read_part(tables["truth"], read_text_table(tables["metadata"], ("image", "lesion_id")), "train")]
    if "test_truth" in tables:
        metadata = read_text_table(tables["test_metadata"], ("image",)) if "test_metadata" in tables else None
        parts.append(_read_part(tables["test_truth"], metadata, "test"))
    return mark_bad_ids(pd.concat(parts, ignore_index=True))


def _read_part(path: Path, metadata: pd.DataFrame | None, part: str) -> pd.DataFrame:
    rows = read_text_table(path, ("image", *CLASSES))
    metadata = rows[["image"]] if metadata is None else metadata.drop_duplicates("image")
    metadata = metadata.set_index("image").reindex(rows["image"], fill_value="").reset_index()
    lesion_ids = metadata.get("lesion_id", pd.Series("", metadata.index))
    # No column names the source, but a lesion's id begins with it: HAM_0000118, BCN_0003882, MSK4_0011169.
    metadata["source"] = lesion_ids.str.extract(r"^([A-Za-z]+)\d*_", expand=False).fillna("")
    one_hot = rows[list(CLASSES)].apply(pd.to_numeric, errors="coerce")
    frame = pd.DataFrame(
        {
            "image_id": rows["image"],
            "lesion_id": lesion_ids.where(lesion_ids != "", rows["image"]),
            "label": one_hot.fillna(-1).idxmax(axis=1).map(CLASSES),
            "part": part,
            "file_name": rows["image"] + ".jpg",
            "table": path.as_posix(),
            "reason": _one_hot_problems(one_hot),
        }
    )
    return frame.join(read_patients(metadata, PATIENTS))


def _one_hot_problems(one_hot: pd.DataFrame) -> pd.Series:
    reason = pd.Series(None, index=one_hot.index, dtype=object)
    several = one_hot.sum(axis=1) > 1
    named = one_hot[several].apply(lambda row: ", ".join(row.index[row == 1]), axis=1, result_type="reduce")
    reason[several] = "several classes: " + named.astype(str)
    reason[one_hot.sum(axis=1) == 0] = "unknown class: none is marked"
    reason[~one_hot.isin([0, 1]).all(axis=1)] = "unknown class: marks must be 0.0 or 1.0"
    return reason
