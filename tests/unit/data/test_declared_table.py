"""A label table that is read as it is declared: a clinic's own columns, classes and ids."""

from pathlib import Path

import pytest

from native_layouts import photo, save
from selcn.data.datasets.declared import read_declared
from selcn.data.datasets.index import build_index, summarise
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, TableLayout, label_files
from selcn.data.datasets.tables import LabelTableError

COLUMNS = {"image": "Datei", "diagnosis": "Diagnose", "lesion": "Laesion", "age": "Alter", "sex": "Geschlecht"}
DIAGNOSES = {"Naevus": "nv", "Melanom": "mel", "Spinaliom": "scc"}
ROWS = [
    "Datei;Diagnose;Laesion;Alter;Geschlecht",
    "a1;Naevus;7;40,5;female",
    "a2.jpg;Melanom;7;;x",
    "ISIC_0000001;Spinaliom;;150;male",
    "a3;unklar;8;1;male",
]


def settings(folder: Path, rows: list[str] = ROWS, **layout) -> SourceSettings:
    """Return the settings of a table in a folder."""
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    given = {"columns": COLUMNS, "diagnoses": DIAGNOSES, "left_out": ["unklar"]} | layout
    return SourceSettings("clinic", str(folder), table=TableLayout("labels.csv", **given))


def test_columns_labels_and_patients_are_those_declared(tmp_path):
    frame = read_declared(settings(tmp_path))
    assert frame["image_id"].tolist() == ["clinic_a1", "clinic_a2", "ISIC_0000001"]
    assert frame["file_name"].tolist() == ["a1.jpg", "a2.jpg", "ISIC_0000001.jpg"]
    assert frame["lesion_id"].tolist() == ["clinic_7", "clinic_7", "ISIC_0000001"]
    assert frame["label"].tolist() == ["nv", "mel", "scc"]
    assert frame["part"].tolist() == ["train"] * 3
    assert frame["age"].tolist()[0] == 40.5
    assert frame["age"].isna().tolist() == [False, True, True]
    assert [value if isinstance(value, str) else None for value in frame["sex"]] == ["female", None, "male"]
    assert frame["reason"].isna().all()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_are_separated_by_any_character(tmp_path, delimiter):
    rows = [row.replace(",", ".").replace(";", delimiter) for row in ROWS]
    declared = {"delimiter": "|"} if delimiter == "|" else {}
    assert read_declared(settings(tmp_path, rows, **declared))["label"].tolist() == ["nv", "mel", "scc"]


def test_without_a_column_of_lesions_each_image_is_one(tmp_path):
    columns = {"image": "Datei", "diagnosis": "Diagnose"}
    frame = read_declared(settings(tmp_path, columns=columns))
    assert frame["lesion_id"].equals(frame["image_id"])
    assert frame["age"].isna().all()


def test_an_unknown_diagnosis_and_a_repeated_or_empty_id_are_rejected_with_what_to_do(tmp_path):
    rows = [*ROWS, "a4;Basaliom;;;", "a1.png;Naevus;;;", ";Naevus;;;", "../a5;Naevus;;;"]
    reasons = read_declared(settings(tmp_path, rows)).set_index("image_id")["reason"].dropna()
    assert reasons.index.tolist() == ["clinic_a1", "clinic_a4", "", "clinic_../a5"]
    assert "id given 2 times" in reasons["clinic_a1"]
    assert reasons["clinic_a4"].startswith("unknown class 'Basaliom'; expected one of Naevus, Melanom, Spinaliom")
    assert "left_out of the declaration" in reasons["clinic_a4"]
    assert "no id" in reasons[""]
    assert "id would leave its folder" in reasons["clinic_../a5"]


def test_a_missing_column_or_table_is_named(tmp_path):
    with pytest.raises(LabelTableError, match=r"labels\.csv: no column Hautbild; found 'Datei', 'Diagnose'"):
        read_declared(settings(tmp_path, columns=COLUMNS | {"image": "Hautbild"}))
    assert label_files("clinic", tmp_path, (), "labels.csv") == [tmp_path / "labels.csv"]
    with pytest.raises(MissingDatasetError, match=r"clinic: no label table other\.csv in .*; correct table or folder"):
        label_files("clinic", tmp_path, (), "other.csv")


def test_images_of_any_extension_are_indexed_under_the_data_set_s_ids(tmp_path):
    paths = [save(photo(seed), tmp_path / name) for seed, name in enumerate(("ISIC_0000001.jpg", "a1.PNG", "b/a2.jpg"))]
    result = build_index(settings(tmp_path))
    assert result.index["image_id"].tolist() == ["ISIC_0000001", "clinic_a1", "clinic_a2"]
    assert result.index["path"].tolist() == list(map(str, paths))
    assert summarise(result)["per_class"] == {"scc": 1, "nv": 1, "mel": 1}
