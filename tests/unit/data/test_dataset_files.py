"""Files of a data set: copies, masks, what names decide, and what is missing as a whole."""

import shutil

import numpy as np
import pytest

from jobs import run_script
from native_layouts import MASKS, add_isic2019_test, index_of, make_isic2019, mask_array, photo, reasons, save
from selcn.data.datasets.index import RejectedImagesError, build_index, require_accepted
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings
from selcn.storage.artifacts import read_json


def test_ham10000_without_masks_is_refused_with_what_was_looked_for(ham10000):
    masks = (ham10000 / MASKS).rename(ham10000 / "drawn_masks")
    for number, path in enumerate(sorted(masks.iterdir())):
        path.rename(masks / f"lesion{number}.png")
    with pytest.raises(MissingDatasetError) as error:
        index_of("ham10000", ham10000, on_rejected="drop")
    message = str(error.value)
    assert message.startswith("ham10000: no lesion masks, which the segmentation networks are trained on")
    assert f"Searched in {ham10000} for <image_id>_segmentation.png, <image_id>_mask.png" in message
    assert f"3 files passed over, which name no image of the table: {masks}/lesion0.png" in message
    assert message.endswith("or name the folder of the masks in data.ham10000.mask_folders")


def test_missing_masks_are_named(ham10000):
    (ham10000 / MASKS / "ISIC_0000002_segmentation.png").unlink()
    assert reasons(index_of("ham10000", ham10000)) == {
        "ISIC_0000002": "missing mask: no ISIC_0000002_segmentation.png; add it"
    }


def test_masks_are_those_of_the_folders_that_are_named(tmp_path, ham10000):
    mine = ham10000 / "drawn"
    for name in ("ISIC_0000001.png", "ISIC_0000002_mask.png", "deep/er/ISIC_0000003.bmp"):
        save(mask_array(value=1), mine / name)
    index = index_of("ham10000", ham10000, mask_folders=(str(mine),)).index
    assert index["mask_path"].str.startswith(f"{mine}/").all()
    assert not index["path"].str.startswith(f"{mine}/").any()
    with pytest.raises(MissingDatasetError, match="gone: no such folder; correct mask_folders in the configuration"):
        index_of("ham10000", ham10000, mask_folders=(str(tmp_path / "gone"),))


@pytest.mark.parametrize("level", [".", ".."])
def test_a_folder_of_images_is_no_folder_of_masks(ham10000, level):
    with pytest.raises(MissingDatasetError, match="this folder of images is, or lies in, one of mask_folders"):
        index_of("ham10000", ham10000, mask_folders=(str(ham10000 / level),))


def test_the_same_image_or_mask_found_twice_is_one(ham10000):
    image = ham10000 / "HAM10000_images_part_1" / "ISIC_0000001.jpg"
    copy = ham10000 / "ham10000_images_part_1" / image.name
    mask = ham10000 / MASKS / "ISIC_0000001_segmentation.png"
    for source, place in ((image, copy), (mask, copy.parent / mask.name)):
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, place)
    result = index_of("ham10000", ham10000)
    assert result.rejected.empty
    assert result.index["path"].iloc[0] == str(image)
    save(np.flipud(mask_array()), copy.parent / mask.name)
    reason = reasons(index_of("ham10000", ham10000))["ISIC_0000001"]
    assert reason == f"mask found twice with different contents, also as {copy.parent / mask.name}; remove one of them"


def test_files_are_compared_only_where_several_match_equally_well(ham10000, monkeypatch):
    compared = []
    monkeypatch.setattr("selcn.data.datasets.files.filecmp.cmp", lambda *paths, shallow: compared.append(paths) or True)
    save(photo(9), ham10000 / "copies" / "ISIC_0000001.png")
    assert index_of("ham10000", ham10000).rejected.empty
    assert not compared


@pytest.mark.parametrize("on_rejected", ["stop", "drop"])
def test_a_table_without_any_of_its_images_is_one_sentence(tmp_path, on_rejected):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_1", "NV"), ("ISIC_2", "MEL")])
    add_isic2019_test(root, [(f"ISIC_{number}", "MEL") for number in range(10, 40)])
    shutil.rmtree(root / "ISIC_2019_Test_Input")
    settings_ = SourceSettings("isic2019", str(root), on_rejected=on_rejected)
    result = build_index(settings_)
    assert len(result.rejected) == 30
    if on_rejected == "drop":
        return require_accepted(result, settings_, "log")
    with pytest.raises(RejectedImagesError) as error:
        require_accepted(result, settings_, "log")
    lines = str(error.value).splitlines()
    assert len(lines) == 3
    assert lines[1] == (
        f"  missing file: none of the 30 images of ISIC_2019_Test_GroundTruth.csv is in {root}; unpack "
        "ISIC_2019_Test_Input.zip there, name their folder in image_folders, or remove the table"
    )


def test_a_name_decides_by_the_file_and_its_nearest_folder_alone(ham10000):
    outer = ham10000 / "ham1000-segmentation-and-classification"
    outer.mkdir()
    for folder in ("HAM10000_images_part_1", "HAM10000_images_part_2"):
        (ham10000 / folder).rename(outer / folder)
    assert index_of("ham10000", ham10000).rejected.empty
    (outer / "HAM10000_images_part_1").rename(outer / "after_segmentation")
    result = index_of("ham10000", ham10000)
    assert reasons(result)["ISIC_0000001"].endswith(
        f"{outer}/after_segmentation/ISIC_0000001.jpg was passed over, since its folder's name says that it holds "
        "masks or superpixels; rename the folder if they are images"
    )


def test_the_summary_and_the_log_count_masks_and_files_passed_over(tmp_path, ham10000):
    other = save(mask_array(), ham10000 / "masks" / "sketch.png")
    outputs = {name: tmp_path / f"{name}.x" for name in ("index", "rejected", "summary")}
    source = {"dataset": "ham10000", "folder": str(ham10000), "image_folders": [], "mask_folders": None}
    params = {"source": source | {"masked": True}}
    run_script("index_dataset", tmp_path, {}, outputs, params)
    summary = read_json(outputs["summary"])
    assert (summary["masks"], summary["passed_over"]) == (3, 1)
    log = (tmp_path / "index_dataset.log").read_text()
    assert f"files passed over by name: 1, such as {other}" in log
    assert "'masks': 3" in log
