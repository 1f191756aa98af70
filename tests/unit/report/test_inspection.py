"""The sheet of one image shows every stage, reads the right rows, and says what is not there."""

import cv2
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from selcn.design.cells import CELLS
from selcn.report.figures.inspection import SheetInputs, describe_parts, draw_sheet, read_sheet
from selcn.report.figures.sources import Cam, CamTable, InputImages, NamedArray, indexed
from selcn.report.figures.style import overlay
from selcn.storage.artifacts import DamagedArtifactError, sha256_of, write_table
from selcn.storage.cam_table import MissingCamError, write_cams

SIZE = 32


def picture(seed: int = 0, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def disc(x: int, y: int, radius: int, size: int = SIZE) -> np.ndarray:
    return cv2.circle(np.zeros((size, size), np.uint8), (x, y), radius, 1, -1)


def some_cam(seed: int) -> Cam:
    return Cam(np.random.default_rng(seed).random((8, 8)).astype(np.float16), "mel", False)


def pixels(axes) -> np.ndarray:
    return np.asarray(axes.images[0].get_array())


@pytest.fixture
def study(tmp_path) -> SheetInputs:
    """Every file of a study of three images; the third has no true mask, and no CAM in the lesion cells."""
    ids, files = ["img0", "img1", "img2"], {}
    paths = [tmp_path / f"{name}.png" for name in ids]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), picture(number)[:24])
    table = pd.DataFrame({"image_id": ids, "sha256": [sha256_of(path) for path in paths]})
    stacked = np.stack([picture(10 + number) for number in range(3)])
    found = np.stack([disc(16, 16, 5), disc(10, 12, 6), np.zeros((SIZE, SIZE), np.uint8)])
    rows = pd.DataFrame({"image_id": ids})
    tables = {
        "index": table.assign(label="mel", path=[str(path) for path in paths]),
        "hair": table.assign(path=[path.name for path in paths], hair_share=0.125),
        "packed": rows.assign(label="mel", has_mask=[True, True, False]),
        "splits": pd.DataFrame(
            {
                "image_id": ["img0", "img1", "img1", "img1", "img2"],
                "variant": ["original", "hflip", "original", "vflip", "original"],
                "role": ["test", "pool", "pool", "pool", "test"],
                "fold": [-1, 1, 0, 1, -1],
            }
        ),
        "masks_manifest": rows.assign(
            lesion_found=[True, True, False], x0=[9, 2, 0], y0=[9, 4, 0], x1=[24, 19, SIZE], y1=[24, 21, SIZE]
        ),
    }
    for name, frame in tables.items():
        files[name] = str(tmp_path / f"{name}.parquet")
        write_table(frame, files[name])
    for name, array in (("images", stacked), ("masks", found), ("packed_masks", np.roll(found, 3, axis=2))):
        files[name] = str(tmp_path / f"{name}.npy")
        np.save(files[name], array)
        files[name] = [files[name]]
    for name, count in (("sym", 3), ("cell", 2)):
        cams = np.stack([some_cam(number).map for number in range(count)])
        frame = pd.DataFrame(
            {"image_id": ids[:count], "variant": "original", "predicted": "mel", "empty": False, "fold": 0}
        )
        write_cams(frame.assign(fold=0), cams, tmp_path / f"{name}.parquet")
    files["cams"] = dict.fromkeys(("none", "seg", "lae"), str(tmp_path / "sym.parquet"))
    files["lesion_cams"] = dict.fromkeys(CELLS, str(tmp_path / "cell.parquet"))
    return SheetInputs(**files)


def test_inputs_are_black_outside_their_mask(study):
    inputs = InputImages.open(study.images, study.packed, study.masks, study.masks_manifest)
    image, mask = picture(11), disc(10, 12, 6)
    assert inputs.box("img1") == (2, 4, 19, 21)
    in_mask, in_box = np.zeros_like(image), np.zeros_like(image)
    for y in range(SIZE):
        for x in range(SIZE):
            if mask[y, x]:
                in_mask[y, x] = image[y, x]
            if 2 <= x < 19 and 4 <= y < 21:
                in_box[y, x] = image[y, x]
    for name, expected in (("none", image), ("seg", in_mask), ("lae", in_box)):
        np.testing.assert_array_equal(inputs["img1"][name], expected)


def test_an_image_without_a_lesion_is_shown_as_the_networks_take_it_and_its_mask_as_predicted(study):
    inputs = InputImages.open(study.images, study.packed, study.masks, study.masks_manifest)
    np.testing.assert_array_equal(inputs["img2"]["seg"], picture(12))
    np.testing.assert_array_equal(inputs["img2"]["lae"], picture(12))
    assert inputs.masks["img2"].max() == 0


def test_an_array_of_another_length_than_its_manifest_is_refused(study):
    with pytest.raises(DamagedArtifactError, match=r"images\.npy: 3 rows; expected 2"):
        NamedArray.open(study.images, indexed(study.packed).iloc[:2])


def test_cams_are_found_by_image(study):
    cams = CamTable.open(study.lesion_cams[CELLS[0]])
    np.testing.assert_array_equal(cams["img1"].map, some_cam(1).map)
    np.testing.assert_array_equal(cams.maps_of(["img1", "img0"]), [some_cam(1).map, some_cam(0).map])
    assert cams.image_ids == {"img0", "img1"}
    turned = cams.frame.assign(variant=["original", "rot90"])
    assert CamTable(turned, cams.maps, cams.path).image_ids == {"img0"}
    with pytest.raises(MissingCamError, match=r"cell\.parquet: no CAM of img2"):
        cams["img2"]


def test_the_sheet_shows_every_stage_in_order(study):
    figure, sheet = Figure(), read_sheet("img1", study)
    draw_sheet(figure, sheet)
    panels = np.reshape(figure.axes[:30], (5, 6))
    names = ["Original file", "Hair removed", "Packed", "True lesion", "Segmentation mask", "LAE box"]
    assert [axes.get_title() for axes in panels[0]] == names
    np.testing.assert_array_equal(pixels(panels[0, 0]), picture(1)[:24][..., ::-1])
    np.testing.assert_array_equal(pixels(panels[0, 2]), picture(11))
    np.testing.assert_array_equal(pixels(panels[0, 3]), disc(13, 12, 6))
    np.testing.assert_array_equal(pixels(panels[0, 4]), disc(10, 12, 6))
    np.testing.assert_array_equal(sheet.outlined, sheet.truth)
    (box,) = panels[0, 5].patches
    assert (*box.get_xy(), box.get_width(), box.get_height()) == (1.5, 3.5, 17, 17)
    for place, mask in enumerate(("none", "seg", "lae")):
        np.testing.assert_array_equal(pixels(panels[1, 2 * place]), sheet.inputs[mask])
        np.testing.assert_array_equal(pixels(panels[1, 2 * place + 1]), overlay(sheet.inputs[mask], some_cam(1).map))
    notes = [axes.get_xlabel() for axes in panels[2:, 1:5].ravel()]
    assert notes == [f"model {number}: mel ✓" for number in range(1, 13)]
    title = figure.get_suptitle()
    assert title == "img1: melanoma (mel); role pool, fold 0 (original), 1 (hflip, vflip); hair 12.5% of the image"


def test_the_sheet_says_what_is_not_there(study):
    figure = Figure()
    draw_sheet(figure, read_sheet("img2", study))
    panels = np.reshape(figure.axes[:30], (5, 6))
    assert panels[0, 3].texts[0].get_text().replace("\n", " ") == "no true mask for this image"
    assert panels[0, 4].get_xlabel() == "no lesion found"
    assert panels[4, 4].texts[0].get_text().replace("\n", " ") == "model 12: no CAM for this image"
    assert "role test, no fold" in figure.get_suptitle()


def test_a_data_set_without_cells_or_true_masks_has_a_shorter_sheet(study):
    shorter = SheetInputs(**{**vars(study), "lesion_cams": {}, "packed_masks": None})
    figure, sheet = Figure(), read_sheet("img0", shorter)
    draw_sheet(figure, sheet)
    assert len(figure.axes) == 13
    assert sheet.truth is None
    np.testing.assert_array_equal(sheet.outlined, disc(16, 16, 5))


def test_an_unknown_image_is_named(study):
    with pytest.raises(KeyError, match=r"index\.parquet: no image img9 among 3"):
        read_sheet("img9", study)


def test_a_file_that_has_changed_is_not_drawn(study):
    cv2.imwrite(indexed(study.index).loc["img0", "path"], picture(99))
    with pytest.raises(DamagedArtifactError, match=r"img0\.png"):
        read_sheet("img0", study)


def test_folds_are_said_by_fold():
    rows = pd.DataFrame({"variant": ["original", "rot90"], "role": "pool", "fold": [-1, 2]})
    assert describe_parts(rows) == "role pool, fold 2 (rot90)"
