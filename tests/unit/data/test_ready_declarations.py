"""The declarations that ship, on files in the layouts of their data sets."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from declared import LESION_CLASSES
from native_layouts import make_isic2019, make_symderm, mask_array, save
from ready_layouts import declared, images, isic2017, ph2, write
from selcn.data.datasets.declared import read_declared, read_declared_diagnoses
from selcn.data.datasets.index import build_index
from selcn.data.datasets.sources import SourceSettings
from selcn.data.datasets.tables import LabelTableError
from selcn.workflow.declaration_checks import require_classes
from selcn.workflow.declarations import CLONE, read_declarations

FILES = sorted((CLONE / "resources/datasets").glob("*.yaml"))
PH2 = [("IMD003", 0, 0), ("IMD002", 1, 1), ("IMD405", 2, 2)]


def cells(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    """Return some columns' cells by row, in the order of the ids; unknown ones are None."""
    chosen = frame.sort_values("image_id")[list(columns)].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_declaration_maps_onto_the_study_s_classes_and_says_how_to_get_its_data(path):
    require_classes(read_declarations({path.stem: str(path)}), LESION_CLASSES["ham10000"])
    content = yaml.safe_load(path.read_text())
    if "reader" not in content:
        assert content["how_to_get"]
        assert content["folder"].startswith("data/")
        assert "2026-11-28" in path.read_text()


# --- PH2


@pytest.mark.parametrize("file", ["PH2_dataset.xlsx", "PH2_dataset.txt"])
def test_ph2_has_diagnoses_and_masks(tmp_path, file):
    settings = declared("ph2", ph2(tmp_path, PH2, text=file.endswith("txt")), masked=True)
    result = build_index(replace(settings, table=replace(settings.table, file=file)))
    assert result.rejected.empty
    assert cells(result.index, "image_id", "lesion_id", "label") == [
        ("IMD002", "IMD002", "nv"),
        ("IMD003", "IMD003", "nv"),
        ("IMD405", "IMD405", "mel"),
    ]
    assert [Path(path).name for path in result.index["path"]] == ["IMD002.bmp", "IMD003.bmp", "IMD405.bmp"]
    assert [Path(path).stem for path in result.index["mask_path"]] == [
        "IMD002_lesion",
        "IMD003_lesion",
        "IMD405_lesion",
    ]


def test_ph2_s_symmetry_is_in_the_opposite_order_of_symderm_s(tmp_path):
    settings = declared("ph2symmetry", ph2(tmp_path, PH2))
    assert cells(read_declared(settings), "image_id", "label") == [
        ("IMD002", "symmetric"),
        ("IMD003", "symmetric"),
        ("IMD405", "asymmetric"),
    ]
    assert cells(read_declared_diagnoses(settings), "label") == [("benign",), ("benign",), ("malignant",)]


def test_ph2_without_a_mark_and_other_tables_are_refused(tmp_path):
    settings = declared("ph2", ph2(tmp_path, [*PH2, ("IMD001", 3, 0)]))
    reasons = read_declared(settings).set_index("image_id")["reason"].dropna()
    assert reasons.index.tolist() == ["IMD001"]
    assert reasons["IMD001"].startswith("unknown class ''; expected one of common nevus, atypical nevus, melanoma")
    table = tmp_path / "PH2_dataset.xlsx"
    pd.DataFrame([["Image Name", "Melanoma"], ["IMD003", "X"]]).to_excel(table, header=False, index=False)
    with pytest.raises(
        LabelTableError, match="0 columns whose names begin with Common Nevus; expected one among Image"
    ):
        read_declared(settings)
    pd.DataFrame([["IMD003", "X"]]).to_excel(table, header=False, index=False)
    with pytest.raises(LabelTableError, match="no row that begins with Image Name"):
        read_declared(settings)
    for content in (b"no workbook", b""):
        table.write_bytes(content)
        with pytest.raises(LabelTableError, match=r"not a readable label table .*get the original file again"):
            read_declared(settings)


def test_symderm_s_images_of_ph2_are_found_in_its_folder_and_are_the_same_as_ph2_s(tmp_path):
    folder = ph2(tmp_path / "ph2", PH2)
    make_symderm(tmp_path / "symderm", [("IMD003.bmp", "2"), ("IMD002.bmp", "1"), ("IMD405.bmp", "0")])
    of_symderm = build_index(SourceSettings("symderm", str(tmp_path / "symderm"), (str(folder),)))
    of_ph2 = build_index(declared("ph2symmetry", folder))
    same = ["image_id", "lesion_id", "label", "sha256"]
    assert len(of_ph2.index) == 3
    pd.testing.assert_frame_equal(of_symderm.index[same], of_ph2.index[same])


# --- the ISIC Archive and its challenges


ARCHIVE = "isic_id,attribution,age_approx,diagnosis_1,diagnosis_2,diagnosis_3,diagnosis_4,image_type,lesion_id"


def test_a_download_of_the_isic_archive_has_the_most_specific_diagnosis_that_is_known(tmp_path):
    write(
        tmp_path / "metadata.csv",
        ARCHIVE,
        'ISIC_0000001,MSK,85,Benign,Benign melanocytic proliferations,Nevus,"Nevus, Spitz",dermoscopic,IL_0000001',
        "ISIC_0000002,MSK,,Malignant,Malignant melanocytic proliferations (Melanoma),Melanoma in situ,,dermoscopic,",
        "ISIC_0000003,MSK,,Benign,Benign melanocytic proliferations,Lentigo simplex,,dermoscopic,",
        'ISIC_0000004,MSK,,Malignant,Malignant epidermal proliferations,"Squamous cell carcinoma, NOS",,dermoscopic,',
        "ISIC_0000005,MSK,,Malignant,Malignant epidermal proliferations,Squamous cell carcinoma in situ,,dermoscopic,",
        "ISIC_0000006,MSK,,Benign,Benign soft tissue proliferations - Vascular,Hemangioma,,dermoscopic,",
        "ISIC_0000007,MSK,,Benign,,,,dermoscopic,",
        "ISIC_0000008,MSK,,,,,,dermoscopic,",
        "ISIC_0000009,MSK,,Benign,Benign melanocytic proliferations,Nevus,,clinical: close-up,",
        "ISIC_0000010,MSK,,Benign,A new group,,,dermoscopic,",
    )
    frame = read_declared(declared("isicarchive", tmp_path))
    assert cells(frame, "image_id", "lesion_id", "label", "age", "patient_id", "skin_type")[:6] == [
        ("ISIC_0000001", "IL_0000001", "nv", 85, None, None),
        ("ISIC_0000002", "ISIC_0000002", "mel", None, None, None),
        ("ISIC_0000003", "ISIC_0000003", "other_melanocytic", None, None, None),
        ("ISIC_0000004", "ISIC_0000004", "scc", None, None, None),
        ("ISIC_0000005", "ISIC_0000005", "akiec", None, None, None),
        ("ISIC_0000006", "ISIC_0000006", "vasc", None, None, None),
    ]
    # Benign alone is left out; a group that is not listed is named.
    assert frame["image_id"].tolist()[6:] == ["ISIC_0000010"]
    assert frame["reason"].dropna().item().startswith("unknown class 'A new group'; expected one of Malignant melan")


def test_isic2017_has_three_tables_and_further_columns_in_three_more(tmp_path):
    frame = read_declared(declared("isic2017", isic2017(tmp_path)))
    assert cells(frame, "image_id", "label", "age", "sex") == [
        ("ISIC_0000000", "nv", 55, None),
        ("ISIC_0000001", "mel", 55, None),
        ("ISIC_0000002", "bkl", 55, None),
    ]
    assert [Path(table).name for table in frame["table"]] == [
        f"ISIC-2017_{part}_Part3_GroundTruth.csv" for part in ("Training", "Validation", "Test_v2")
    ]
    assert build_index(declared("isic2017", tmp_path)).index["path"].str.endswith(".jpg").sum() == 3


def test_isic2018_s_images_are_those_of_its_masks(tmp_path):
    images(tmp_path / "ISIC2018_Task1-2_Training_Input", "ISIC_0000001.jpg", "ISIC_0000002.jpg", "ISIC_0000003.jpg")
    for number in (1, 2, 4):
        save(mask_array(), tmp_path / f"ISIC2018_Task1_Training_GroundTruth/ISIC_000000{number}_segmentation.png")
    result = build_index(declared("isic2018", tmp_path, masked=True))
    assert cells(result.index, "image_id", "label") == [("ISIC_0000001", "unlabelled"), ("ISIC_0000002", "unlabelled")]
    assert result.index["mask_path"].str.contains("Task1_Training_GroundTruth").all()
    assert result.rejected["image_id"].tolist() == ["ISIC_0000004"]
    assert result.rejected["reason"].iloc[0].startswith("missing file")


@pytest.mark.parametrize("lesion", [True, False], ids=["the challenge's", "Kaggle's"])
def test_isic2020_s_images_of_unknown_diagnosis_are_left_out(tmp_path, lesion):
    rows = [
        "ISIC_2637011,IP_7279968,IL_0000001,male,45.0,head/neck,unknown,benign,0",
        "ISIC_0015719,IP_3075186,IL_0000002,female,45.0,upper extremity,nevus,benign,0",
        "ISIC_0052212,IP_2842074,IL_0000003,female,50.0,lower extremity,lentigo NOS,benign,0",
    ]
    header = (
        "image_name,patient_id,lesion_id,sex,age_approx,anatom_site_general_challenge,diagnosis,benign_malignant,target"
    )
    lines = [line.split(",") for line in (header, *rows)]
    write(
        tmp_path / "ISIC_2020_Training_GroundTruth_v2.csv",
        *(",".join(line if lesion else line[:2] + line[3:]) for line in lines),
    )
    frame = read_declared(declared("isic2020", tmp_path))
    assert cells(frame, "image_id", "lesion_id", "patient_id", "label", "site") == [
        ("ISIC_0015719", "IL_0000002" if lesion else "ISIC_0015719", "IP_3075186", "nv", "upper extremity"),
        ("ISIC_0052212", "IL_0000003" if lesion else "ISIC_0052212", "IP_2842074", "lentigo", "lower extremity"),
    ]


def test_milk10k_has_a_dermoscopic_image_a_lesion_and_diagnoses_of_lesions(tmp_path):
    classes = "AKIEC,BCC,BEN_OTH,BKL,DF,INF,MAL_OTH,MEL,NV,SCCKA,VASC"
    marks = {"IL_0000652": "BCC", "IL_0000653": "SCCKA", "IL_0000654": ""}
    rows = [
        ",".join([lesion, *("1.0" if name == marked else "0.0" for name in classes.split(","))])
        for lesion, marked in marks.items()
    ]
    write(tmp_path / "MILK10k_Training_GroundTruth.csv", f"lesion_id,{classes}", *rows)
    write(
        tmp_path / "MILK10k_Training_Metadata.csv",
        "lesion_id,image_type,isic_id,age_approx,sex,skin_tone_class,site",
        "IL_0000652,clinical: close-up,ISIC_8149219,70,male,3,trunk",
        "IL_0000652,dermoscopic,ISIC_4671410,70,male,3,trunk",
        "IL_0000653,dermoscopic,ISIC_4671411,75,female,4,head_neck_face",
        "IL_0000654,dermoscopic,ISIC_4671412,,,,",
    )
    images(tmp_path / "MILK10k_Training_Input", "IL_0000652/ISIC_8149219.jpg", "IL_0000652/ISIC_4671410.jpg")
    frame = read_declared(declared("milk10k", tmp_path))
    assert cells(frame, "image_id", "lesion_id", "label", "age") == [
        ("ISIC_4671410", "IL_0000652", "bcc", 70),
        ("ISIC_4671411", "IL_0000653", "scc", 75),
        ("ISIC_4671412", "IL_0000654", None, None),
    ]
    assert frame["reason"].iloc[2].startswith("unknown class ''; expected one of AKIEC, BCC")
    assert build_index(declared("milk10k", tmp_path)).index["image_id"].tolist() == ["ISIC_4671410"]


def test_isic2019_without_ham10000_has_the_lesion_ids_of_isic2019(tmp_path):
    rows = [("ISIC_0000001", "NV"), ("ISIC_0000002_downsampled", "AK"), ("ISIC_0000003", {"MEL": "1.0", "NV": "1.0"})]
    rows += [("ISIC_0000004", {"MEL": "0.5"}), ("ISIC_0000005", "SCC")]
    lesions = {"ISIC_0000001": "HAM_0000001", "ISIC_0000002_downsampled": "BCN_0000001", "ISIC_0000005": "MSK4_0000001"}
    make_isic2019(tmp_path, rows, lesions)
    frame = read_declared(declared("isic2019other", tmp_path))
    assert cells(frame[frame["reason"].isna()], "image_id", "lesion_id", "label") == [
        ("ISIC_0000002_downsampled", "BCN_0000001", "akiec"),
        ("ISIC_0000005", "MSK4_0000001", "scc"),
    ]
    reasons = frame.set_index("image_id")["reason"].dropna()
    assert reasons["ISIC_0000003"].startswith("unknown class 'MEL, NV'; expected one of MEL, NV, BCC")
    assert reasons["ISIC_0000004"].startswith("unknown class 'a mark other than 1 and 0'")


# --- others


def test_derm7pt_s_images_have_the_names_that_symderm_has(tmp_path):
    write(
        tmp_path / "meta/meta.csv",
        "case_num,diagnosis,elevation,location,sex,management,clinic,derm,case_id,notes",
        "1,basal cell carcinoma,nodular,abdomen,female,excision,NEL/NEL025.JPG,NEL/Nel026.jpg,,",
        "2,melanoma (less than 0.76 mm),flat,back,male,excision,A1l/Aal001.jpg,A1l/Aal002.jpg,,",
        "3,lentigo,flat,acral,male,excision,NLL/NLL033.JPG,NLL/NLL034.JPG,,",
    )
    images(
        tmp_path / "images", "NEL/NEL025.JPG", "NEL/Nel026.jpg", "A1l/Aal001.jpg", "A1l/Aal002.jpg", "NLL/NLL034.JPG"
    )
    result = build_index(declared("derm7pt", tmp_path))
    assert result.rejected.empty
    assert cells(result.index, "image_id", "lesion_id", "label", "site") == [
        ("Aal002", "Aal002", "mel", "back"),
        ("NLL034", "NLL034", "lentigo", "acral"),
        ("Nel026", "Nel026", "bcc", "abdomen"),
    ]


def test_pad_ufes_20_has_patients_and_skin_types(tmp_path):
    write(
        tmp_path / "metadata.csv",
        "patient_id,lesion_id,smoke,age,gender,fitspatrick,region,diagnostic,img_id,biopsed",
        "PAT_1516,1765,,8,,,ARM,NEV,PAT_1516_1765_530.png,False",
        "PAT_46,881,False,55,FEMALE,3.0,NECK,BCC,PAT_46_881_939.png,True",
        "PAT_46,882,False,55,FEMALE,3.0,NECK,SCC,PAT_46_882_14.png,True",
    )
    images(tmp_path / "imgs_part_1", "PAT_1516_1765_530.png", "PAT_46_881_939.png", "PAT_46_882_14.png")
    result = build_index(declared("padufes20", tmp_path))
    assert result.rejected.empty
    assert cells(result.index, "image_id", "lesion_id", "patient_id", "label", "sex", "skin_type") == [
        ("padufes20_PAT_1516_1765_530", "padufes20_1765", "padufes20_PAT_1516", "nv", None, None),
        ("padufes20_PAT_46_881_939", "padufes20_881", "padufes20_PAT_46", "bcc", "female", "III"),
        ("padufes20_PAT_46_882_14", "padufes20_882", "padufes20_PAT_46", "scc", "female", "III"),
    ]


def test_bcn20000_has_the_lesion_ids_of_isic2019(tmp_path):
    write(
        tmp_path / "bcn_20k_train.csv",
        "bcn_filename,age_approx,anatom_site_general,diagnosis,lesion_id,capture_date,sex,split",
        "BCN_0000000001.jpg,55.0,anterior torso,MEL,BCN_0003884,2012-05-16,male,train",
        "BCN_0000000003.jpg,,head/neck,AK,BCN_0003885,2013-02-07,,train",
    )
    images(tmp_path / "BCN_20k_train/bcn_20k_train", "BCN_0000000001.jpg", "BCN_0000000003.jpg")
    result = build_index(declared("bcn20000", tmp_path))
    assert cells(result.index, "image_id", "lesion_id", "label", "age", "sex") == [
        ("BCN_0000000001", "BCN_0003884", "mel", 55, "male"),
        ("BCN_0000000003", "BCN_0003885", "akiec", None, None),
    ]
