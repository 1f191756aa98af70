"""A label table that is read as it is declared: a clinic's own columns, classes and ids."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from native_layouts import mask_array, photo, save
from selcn.data.datasets.declared import read_declared, read_declared_diagnoses
from selcn.data.datasets.index import build_index, summarise
from selcn.data.datasets.patients import read_skin_types
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, TableLayout, label_files
from selcn.data.datasets.tables import LabelTableError
from selcn.data.splits.malignancy import by_malignancy
from selcn.evaluation.label_audit.conflicts import contradict

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


# --- masks, symmetry, patients and skin types

FURTHER = ["Datei;Diagnose;Achsen;Maske;Patient;Typ", "a1;Naevus;0;m1.png;17;2", "a2;Melanom;2;deep/m2.png;;VI"]
FURTHER_COLUMNS = {"image": "Datei", "diagnosis": "Diagnose", "mask": "Maske", "patient": "Patient", "skin_type": "Typ"}


def masked(folder: Path, rows: list[str] = FURTHER, columns=FURTHER_COLUMNS, **changed) -> SourceSettings:
    """Return the settings of a table whose images need masks."""
    return replace(settings(folder, rows, columns=columns), masked=True, **changed)


def draw(folder: Path, images=("a1.png", "a2.png"), masks=("roi/m1.png", "roi/deep/m2.png")) -> None:
    """Save images, and masks in a folder of their own whose name does not say what they are."""
    for seed, name in enumerate(images):
        save(photo(seed), folder / name)
    for name in masks:
        save(mask_array(), folder / name)


def test_masks_are_those_that_the_table_names_by_file_name_or_path(tmp_path):
    draw(tmp_path)
    result = build_index(masked(tmp_path))
    assert result.rejected.empty
    assert result.index["mask_path"].tolist() == [str(tmp_path / "roi/m1.png"), str(tmp_path / "roi/deep/m2.png")]
    assert result.index["mask_sha256"].notna().all()
    assert result.passed_over == ()


def test_masks_named_like_their_images_lie_in_mask_folders(tmp_path):
    draw(tmp_path, masks=("roi/a1.png", "roi/a2.png"))
    rows = [FURTHER[0], *(row.replace("m1", "a1").replace("deep/m2", "a2") for row in FURTHER[1:])]
    result = build_index(masked(tmp_path, rows, mask_folders=(str(tmp_path / "roi"),)))
    assert result.index["path"].tolist() == [str(tmp_path / "a1.png"), str(tmp_path / "a2.png")]
    assert result.index["mask_path"].tolist() == [str(tmp_path / "roi/a1.png"), str(tmp_path / "roi/a2.png")]


def test_without_a_column_masks_are_found_by_the_images_own_names(tmp_path):
    draw(tmp_path, masks=("m/a1_segmentation.png", "masks/a2.png"))
    result = build_index(masked(tmp_path, columns={"image": "Datei", "diagnosis": "Diagnose"}))
    assert result.index["image_id"].tolist() == ["clinic_a1", "clinic_a2"]
    assert [Path(path).name for path in result.index["mask_path"]] == ["a1_segmentation.png", "a2.png"]


def test_an_image_whose_mask_is_missing_is_rejected_and_no_mask_at_all_refused(tmp_path):
    draw(tmp_path, masks=("roi/m1.png",))
    rejected = build_index(masked(tmp_path)).rejected
    assert rejected["reason"].tolist() == ["missing mask: no deep/m2.png; add it"]
    unnamed = [*FURTHER[:2], FURTHER[2].replace("deep/m2.png", "")]
    reasons = build_index(masked(tmp_path, unnamed)).rejected["reason"]
    assert reasons.tolist() == ["missing mask: the table names none; add its name, or leave the image out"]
    (tmp_path / "roi/m1.png").unlink()
    message = r"clinic: no lesion masks.*for the names in column Maske, such as 'm1.png'\. Add them, or name the folder"
    with pytest.raises(MissingDatasetError, match=message):
        build_index(masked(tmp_path))
    assert len(build_index(replace(masked(tmp_path), masked=False)).index) == 2


def test_patients_have_the_prefix_and_skin_types_are_roman(tmp_path):
    draw(tmp_path)
    index = build_index(masked(tmp_path)).index
    assert index.columns.tolist()[-2:] == ["patient_id", "skin_type"]
    assert [value if isinstance(value, str) else None for value in index["patient_id"]] == ["clinic_17", None]
    assert index["skin_type"].tolist() == ["II", "VI"]
    plain = build_index(masked(tmp_path, columns={"image": "Datei", "diagnosis": "Diagnose", "mask": "Maske"})).index
    assert plain.columns.tolist() == index.columns.tolist()[:-2]


@pytest.mark.parametrize(
    ("cell", "skin_type"),
    [("1", "I"), ("3.0", "III"), ("iv", "IV"), ("VI", "VI"), ("7", None), ("0", None), ("", None), ("unknown", None)],
)
def test_skin_types_are_read_as_numbers_and_roman_ones(cell, skin_type):
    found = read_skin_types(pd.Series([cell])).iloc[0]
    assert found == skin_type or (skin_type is None and pd.isna(found))


def test_the_label_of_a_symmetry_set_is_its_symmetry_and_its_diagnoses_are_read_beside(tmp_path):
    columns = FURTHER_COLUMNS | {"symmetry": "Achsen"}
    rows = [*FURTHER, "a3;Naevus;?;m3.png;;", "a4;;1;m4.png;;"]
    declared = {
        "symmetry": {"0": "asymmetric", "1": "symmetric", "2": "symmetric"},
        "left_out": ["?"],
        "prefix": "own_",
    }
    diagnoses = {"Naevus": "benign", "Melanom": "malignant"}
    given = settings(tmp_path, rows, columns=columns, diagnoses=diagnoses, **declared)
    frame = read_declared(given)
    assert frame["image_id"].tolist() == ["own_a1", "own_a2", "own_a4"]
    assert frame["label"].tolist() == ["asymmetric", "symmetric", "symmetric"]
    assert frame["reason"].isna().all()
    known = read_declared_diagnoses(given).set_index("image_id")["label"]
    assert known[["own_a1", "own_a2"]].tolist() == ["benign", "malignant"]
    assert "own_a4" not in known
    labels = by_malignancy(frame[["image_id", "label"]], known.reset_index())
    assert labels["label"].tolist() == ["benign", "malignant"]
    wrong = read_declared(replace(given, table=replace(given.table, left_out=())))
    assert wrong["reason"].dropna().tolist() == [
        "unknown class '?'; expected one of 0, 1, 2: correct it, or add it to symmetry or left_out of the declaration"
    ]


def test_a_table_without_diagnoses_has_one_label_which_contradicts_none(tmp_path):
    frame = read_declared(settings(tmp_path, columns={"image": "Datei"}, diagnoses={}, left_out=[]))
    assert set(frame["label"]) == {"unlabelled"}
    assert not contradict("unlabelled", "nv")


def test_an_empty_prefix_leaves_ids_as_they_are(tmp_path):
    assert read_declared(settings(tmp_path, prefix=""))["image_id"].tolist() == ["a1", "a2", "ISIC_0000001"]
