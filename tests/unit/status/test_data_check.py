"""What is said of a data set before anything is computed, against files that are counted by hand."""

import re
import sys

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
