"""ISIC 2019 training set: one-hot ground truth, lesions in the metadata, HAM10000's images among its own."""

import pandas as pd

from selcn.datasets.patients import read_patients
from selcn.datasets.sources import SourceSettings, label_tables
from selcn.datasets.tables import Candidates, mark_bad_ids, read_text_table

CLASSES = {"MEL": "mel", "NV": "nv", "BCC": "bcc", "AK": "akiec", "BKL": "bkl", "DF": "df", "VASC": "vasc"}
# Classes that the study does not use (section 5.4.3: 24,703 of the 25,331 images are left).
LEFT_OUT = ("SCC", "UNK")
PATIENTS = {"age": "age_approx", "sex": "sex", "site": "anatom_site_general", "source": "source"}


def read_isic2019(settings: SourceSettings) -> Candidates:
    """Read the labels, lesions and patients of ISIC 2019; SCC and UNK are left out and counted, not rejected."""
    tables = label_tables("isic2019", settings.folder)
    columns = (*CLASSES, *LEFT_OUT)
    rows = read_text_table(tables["truth"], ("image", *columns))
    metadata = read_text_table(tables["metadata"], ("image", "lesion_id")).drop_duplicates("image")
    metadata = metadata.set_index("image").reindex(rows["image"], fill_value="").reset_index()
    lesions = metadata["lesion_id"].replace("", None)
    # No column names the source, but a lesion's id begins with it: HAM_0000118, BCN_0003882, MSK4_0011169.
    metadata["source"] = metadata["lesion_id"].str.extract(r"^([A-Za-z]+)\d*_", expand=False).fillna("")
    one_hot = rows[list(columns)].apply(pd.to_numeric, errors="coerce")
    frame = pd.DataFrame(
        {
            "image_id": rows["image"],
            "lesion_id": lesions.fillna(rows["image"]),
            "label": one_hot.fillna(-1).idxmax(axis=1),
            "part": "train",
            "file_name": rows["image"] + ".jpg",
            "table": tables["truth"].as_posix(),
            "reason": _one_hot_problems(one_hot),
        }
    )
    frame = mark_bad_ids(frame.join(read_patients(metadata, PATIENTS)))
    unused = frame["label"].isin(LEFT_OUT) & frame["reason"].isna()
    left_out = {name: int((frame.loc[unused, "label"] == name).sum()) for name in LEFT_OUT}
    frame = frame[~unused].reset_index(drop=True)
    return Candidates(frame.assign(label=frame["label"].map(CLASSES)), left_out)


def _one_hot_problems(one_hot: pd.DataFrame) -> pd.Series:
    reason = pd.Series(None, index=one_hot.index, dtype=object)
    several = one_hot.sum(axis=1) > 1
    named = one_hot[several].apply(lambda row: ", ".join(row.index[row == 1]), axis=1, result_type="reduce")
    reason[several] = "several classes: " + named.astype(str)
    reason[one_hot.sum(axis=1) == 0] = "unknown class: none is marked"
    reason[~one_hot.isin([0, 1]).all(axis=1)] = "unknown class: marks must be 0.0 or 1.0"
    return reason
