"""What is said of a data set before anything is computed, against files that are counted by hand."""

import re
import sys

import pytest
import yaml

from native_layouts import HAM_ROWS, mask_array, photo, save
from selcn.data.datasets.sources import SourceSettings, TableLayout
from selcn.status import data_check
from selcn.status.data_check import check_data


def test_a_complete_data_set_is_counted(ham10000):
    complete, lines = check_data(SourceSettings("ham10000", str(ham10000), masked=True), "HAM10000")
    images, lesions = len(HAM_ROWS), len({lesion for lesion, _, _ in HAM_ROWS})
    assert complete
    assert lines[0] == f"HAM10000: {images} of {images} images found, of {lesions} lesions"
    assert lines[2] == f"  known: age of {images}, sex of {images}, site of {images}, source of {images}"
    assert lines[3:] == [f"  masks: {images}"]


def test_missing_images_and_masks_are_named_with_how_to_get_them(ham10000):
    image = next(ham10000.rglob(f"{HAM_ROWS[0][1]}.jpg"))
    mask = next(ham10000.rglob(f"{HAM_ROWS[1][1]}_segmentation.png"))
    image.unlink()
    mask.unlink()
    complete, lines = check_data(SourceSettings("ham10000", str(ham10000), masked=True), "HAM10000")
    assert not complete
    assert f"  missing images: 1, such as '{HAM_ROWS[0][1]}'" in lines
    assert f"  missing masks: 1, such as '{HAM_ROWS[1][1]}'" in lines
    assert lines[-1].startswith("  How to get them: from Harvard Dataverse")


def test_a_data_set_that_is_not_there_says_what_was_expected(tmp_path):
    complete, lines = check_data(SourceSettings("isic2016", str(tmp_path)), "ISIC2016")
    assert not complete
    assert lines[0] == "ISIC2016: cannot be used"
    assert any("Not found: ISBI2016_ISIC_Part3_Training_GroundTruth.csv" in line for line in lines)


def test_unusable_rows_of_a_declared_table_are_named(tmp_path):
    (tmp_path / "labels.csv").write_text("file,dx\na,naevus\nb,wart\n")
    save(photo(), tmp_path / "a.jpg")
    table = TableLayout("labels.csv", {"image": "file", "diagnosis": "dx"}, {"naevus": "nv"})
    complete, lines = check_data(SourceSettings("clinic", str(tmp_path), table=table), "Clinic")
    assert not complete
    assert lines[:2] == ["Clinic: 1 of 2 images found, of 1 lesions", "  classes: nv 1"]
    assert lines[-1].startswith("  'clinic_b': unknown class 'wart'; expected one of naevus")


def test_patients_skin_types_and_masks_are_counted_and_what_was_not_verified_is_said(tmp_path):
    (tmp_path / "labels.csv").write_text("file,dx,who,skin\na,naevus,p1,2\nb,naevus,p1,\nc,naevus,p2,VI\n")
    for number, image in enumerate("abc"):
        save(photo(number), tmp_path / f"{image}.jpg")
    save(mask_array(), tmp_path / "masks/a.png")
    columns = {"image": "file", "diagnosis": "dx", "patient": "who", "skin_type": "skin"}
    table = TableLayout("labels.csv", columns, {"naevus": "nv"})
    complete, lines = check_data(SourceSettings("clinic", str(tmp_path), table=table), "Clinic", "ask us", "the ages")
    assert complete
    assert lines == [
        "Clinic: 3 of 3 images found, of 3 lesions and 2 patients",
        "  classes: nv 3",
        "  known: age of 0, sex of 0, site of 0, source of 0, skin type of 2",
        "  masks: 1",
        "  not verified: the ages",
    ]
    (tmp_path / "c.jpg").unlink()
    settings = SourceSettings("clinic", str(tmp_path), table=table, masked=True)
    complete, lines = check_data(settings, "Clinic", "ask us")
    assert not complete
    assert lines[3:] == [
        "  masks: 1",
        "  missing images: 1, such as 'clinic_c'",
        "  missing masks: 1, such as 'clinic_b'",
        "  How to get them: ask us.",
    ]
    (tmp_path / "labels.csv").unlink()
    assert check_data(settings, "Clinic", "ask us")[1][-1] == "  How to get it: ask us."


def test_every_data_set_of_a_configuration_is_checked(tmp_path, monkeypatch, capsys):
    overlay = tmp_path / "my.yaml"
    folders = {name: {"folder": str(tmp_path), "image_folders": []} for name in ("ham10000", "symderm", "isic2019")}
    overlay.write_text(yaml.safe_dump({"data": folders}))
    monkeypatch.setattr(sys, "argv", ["data_check", "--configfile", str(overlay)])
    assert data_check.main() == 1
    said = capsys.readouterr().out
    assert re.findall(r"^(.+): cannot be used$", said, re.MULTILINE)[:3] == ["HAM10000", "SymDerm v2.0", "ISIC2019"]
    assert said.count(f"Searched in {tmp_path}") == 3


@pytest.mark.parametrize(
    ("table", "where", "said"),
    [
        ("", "", "not a readable label table (the file is empty); get the original file again"),
        ("file;dx\n", "", "clinic: no image in its label table; expected rows below the header"),
        ("file;dx\na;other\n", "", "clinic: no image in its label table; expected rows below the header"),
        (
            "file|dx\na|naevus\n",
            "",
            "no column file, dx; found 'file|dx'. Use the data set's original file; for a table of",
        ),
        ("file;dx\na;naevus\n", "x", "clinic: no label table labels.csv in {folder}/x (no such folder); correct table"),
        (
            "file;dx\na;naevus\n",
            "labels.csv",
            "no label table labels.csv in {folder}/labels.csv (a file); correct table",
        ),
    ],
    ids=["empty file", "header alone", "all left out", "delimiter", "no such folder", "file as folder"],
)
def test_what_is_wrong_with_a_table_of_one_s_own_is_said_with_what_to_do(tmp_path, table, where, said):
    (tmp_path / "labels.csv").write_text(table)
    layout = TableLayout("labels.csv", {"image": "file", "diagnosis": "dx"}, {"naevus": "nv"}, left_out=("other",))
    complete, lines = check_data(SourceSettings("clinic", str(tmp_path / where), table=layout), "Clinic")
    assert not complete
    assert lines[0] == "Clinic: cannot be used"
    assert said.format(folder=tmp_path) in lines[1]


def test_where_no_image_is_found_the_searched_folders_are_named(tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    (tmp_path / "labels.csv").write_text("file,dx\na,naevus\n")
    layout = TableLayout("labels.csv", {"image": "file", "diagnosis": "dx"}, {"naevus": "nv"})
    complete, lines = check_data(SourceSettings("clinic", str(tmp_path), (str(scans),), table=layout), "Clinic")
    assert not complete
    assert lines == [
        "Clinic: 0 of 1 images found, of 0 lesions",
        f"  no image is in {tmp_path}, {scans} or a sub-folder; expected files such as 'a.jpg'",
        "  missing images: 1, such as 'clinic_a'",
    ]


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ({"dataset": {"clinic": "clinic.yaml"}}, "configuration: Additional properties are not allowed ('dataset' was"),
        (
            {"datasets": {"Clinic": "clinic.yaml"}},
            "configuration: datasets: 'Clinic' does not match '^[a-z][a-z0-9]*$'",
        ),
        ({"data": {"isic2016": {"foldr": "x"}}}, "configuration: data.isic2016: Additional properties are not allowed"),
    ],
    ids=["key", "name", "key of a data set"],
)
def test_a_key_that_snakemake_refuses_is_refused(tmp_path, monkeypatch, capsys, overlay, said):
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(overlay))
    monkeypatch.setattr(sys, "argv", ["data_check", "--configfile", str(path)])
    assert data_check.main() == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert captured.out == ""
