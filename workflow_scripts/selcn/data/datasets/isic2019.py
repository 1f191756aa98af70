"""Reader of ISIC 2019: one-hot ground truth, lesions in the metadata, and an optional official test set."""

from pathlib import Path

import pandas as pd

from selcn.data.datasets.patients import read_patients
from selcn.data.datasets.sources import SourceSettings, label_tables
from selcn.data.datasets.tables import image_names, mark_bad_ids, read_text_table

# SCC and UNK are in no training data, so networks cannot predict them; kept to evaluate out-of-distribution detection.
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
    """Read the labels, lesions and patients of ISIC 2019's training part and, if its table exists, its test part.

    The official test set's ground truth has further columns, used only for the challenge's ranking, and its metadata
    have no lesion ids. Without these metadata its patients are unknown.
    """
    tables = label_tables("isic2019", settings.folder)
    parts = [_read_part(tables["truth"], read_text_table(tables["metadata"], ("image", "lesion_id")), "train")]
    if "test_truth" in tables:
        metadata = read_text_table(tables["test_metadata"], ("image",)) if "test_metadata" in tables else None
        parts.append(_read_part(tables["test_truth"], metadata, "test"))
    return mark_bad_ids(pd.concat(parts, ignore_index=True))


def _read_part(path: Path, metadata: pd.DataFrame | None, part: str) -> pd.DataFrame:
    rows = read_text_table(path, ("image", *CLASSES))
    names = image_names(rows["image"])
    metadata = rows[["image"]] if metadata is None else metadata
    metadata = metadata.assign(image=image_names(metadata["image"])["image_id"]).drop_duplicates("image")
    metadata = metadata.set_index("image").reindex(names["image_id"], fill_value="").reset_index()
    lesion_ids = metadata.get("lesion_id", pd.Series("", metadata.index))
    # There is no column for the source, but lesion ids begin with it: HAM_0000118, BCN_0003882, MSK4_0011169.
    metadata["source"] = lesion_ids.str.extract(r"^([A-Za-z]+)\d*_", expand=False).fillna("")
    one_hot = rows[list(CLASSES)].apply(pd.to_numeric, errors="coerce")
    frame = names.assign(
        lesion_id=lesion_ids.where(lesion_ids != "", names["image_id"]),
        label=one_hot.fillna(-1).idxmax(axis=1).map(CLASSES),
        part=part,
        table=path.as_posix(),
        reason=_one_hot_problems(one_hot),
    )
    return frame.join(read_patients(metadata, PATIENTS))


def _one_hot_problems(one_hot: pd.DataFrame) -> pd.Series:
    reason = pd.Series(None, index=one_hot.index, dtype=object)
    several = one_hot.sum(axis=1) > 1
    named = one_hot[several].apply(lambda row: ", ".join(row.index[row == 1]), axis=1, result_type="reduce")
    reason[several] = "several classes: " + named.astype(str) + "; mark one"
    reason[one_hot.sum(axis=1) == 0] = "unknown class: none is marked; mark one"
    reason[~one_hot.isin([0, 1]).all(axis=1)] = "unknown class: a mark is neither 0.0 nor 1.0; correct it"
    return reason
