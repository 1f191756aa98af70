"""Readers, checks and index of the four data sets, on small copies of their native layouts."""

import runpy
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from selcn.artifacts import read_json, read_table, sha256_of
from selcn.datasets.checks import BadFileError, check_image, check_mask
from selcn.datasets.files import find_images, list_files
from selcn.datasets.index import RejectedImagesError, build_index, require_accepted, summarise
from selcn.datasets.sources import MissingDatasetError, SourceSettings, label_files
from selcn.datasets.tables import LabelTableError, problem_with_id

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
MASKS = "HAM10000_segmentations_lesion_tschandl"


def photo(seed: int = 0, size: tuple[int, int] = (40, 36)) -> Image.Image:
    """Return a colour image of noise; `size` is width and height in pixels."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise)


def mask_array(size: tuple[int, int] = (40, 36), value: int = 255) -> np.ndarray:
    array = np.zeros((size[1], size[0]), np.uint8)
    array[5:20, 8:30] = value
    return array


def save(image: Image.Image | np.ndarray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path)
    return path


def make_ham10000(root: Path, rows: list[tuple[str, str, str]], name: str = "HAM10000_metadata.csv") -> Path:
    """Write rows of (lesion_id, image_id, dx) and, alternating between the two folders, their images and masks."""
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"{lesion},{image},{dx},histo,80.0,male,scalp,vidir_modern" for lesion, image, dx in rows]
    (root / name).write_text("\n".join(["lesion_id,image_id,dx,dx_type,age,sex,localization,dataset", *lines]) + "\n")
    for number, (_, image, _) in enumerate(rows):
        if problem_with_id(image) is None:
            save(photo(number), root / f"HAM10000_images_part_{number % 2 + 1}" / f"{image}.jpg")
            save(mask_array(), root / MASKS / f"{image}_segmentation.png")
    return root


HAM_ROWS = [("HAM_1", "ISIC_0000001", "nv"), ("HAM_1", "ISIC_0000002", "nv"), ("", "ISIC_0000003", "mel")]


@pytest.fixture
def ham10000(tmp_path: Path) -> Path:
    return make_ham10000(tmp_path / "ham10000", HAM_ROWS)


def index_of(dataset: str, folder: Path, **more):
    return build_index(SourceSettings(dataset, str(folder), **more))


def reasons(result) -> dict[str, str]:
    return dict(zip(result.rejected["image_id"], result.rejected["reason"], strict=True))


# --- HAM10000


@pytest.mark.parametrize("name", ["HAM10000_metadata.csv", "HAM10000_metadata"])
def test_ham10000_is_indexed_over_both_folders(tmp_path, name):
    root = make_ham10000(tmp_path / "ham", list(reversed(HAM_ROWS)), name)
    result = index_of("ham10000", root)
    index = result.index
    assert index["image_id"].tolist() == ["ISIC_0000001", "ISIC_0000002", "ISIC_0000003"]
    assert index["lesion_id"].tolist() == ["HAM_1", "HAM_1", "ISIC_0000003"]
    assert index["label"].tolist() == ["nv", "nv", "mel"]
    assert set(index["part"]) == {"train"}
    assert {Path(path).parent.name for path in index["path"]} == {"HAM10000_images_part_1", "HAM10000_images_part_2"}
    assert index[["width", "height"]].drop_duplicates().to_numpy().tolist() == [[40, 36]]
    assert index["width"].dtype == np.int32
    assert index["sha256"].tolist() == [sha256_of(path) for path in index["path"]]
    assert index["mask_sha256"].tolist() == [sha256_of(path) for path in index["mask_path"]]
    assert result.rejected.empty
    assert summarise(result) == {"indexed": 3, "rejected": 0, "left_out": {}, "per_class": {"mel": 1, "nv": 2}}


def test_paths_are_kept_as_the_folder_is_given(ham10000, monkeypatch):
    monkeypatch.chdir(ham10000.parent)
    index = build_index(SourceSettings("ham10000", "../" + ham10000.parent.name + "/ham10000")).index
    assert index["path"].str.startswith("../").all()
    assert index["mask_path"].str.startswith("../").all()


def test_ham10000_without_mask_folder_has_no_masks(ham10000):
    (ham10000 / MASKS).rename(ham10000.parent / "elsewhere")
    result = index_of("ham10000", ham10000)
    assert result.rejected.empty
    assert result.index["mask_path"].isna().all()
    assert result.index["mask_sha256"].isna().all()


@pytest.mark.parametrize("names", [["ISIC_0000002"], ["ISIC_0000001", "ISIC_0000002", "ISIC_0000003"]])
def test_missing_masks_are_named(ham10000, names):
    for name in names:
        (ham10000 / MASKS / f"{name}_segmentation.png").unlink()
    found = reasons(index_of("ham10000", ham10000))
    assert sorted(found) == names
    assert all(reason.startswith("missing mask") for reason in found.values())


# --- SymDerm


def make_symderm(root: Path, rows: list[tuple[str, str]]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"{file},{Path(file).stem}.png,HAM10000,{label}" for file, label in rows]
    (root / "SymDerm_v2_labels.csv").write_text("\n".join(["File,Mask,Dataset,labels_symmetry", *lines]) + "\n")
    return root


def test_symderm_merges_symmetric_and_finds_images_elsewhere(tmp_path, ham10000):
    rows = [("ISIC_0000001.jpg", "0"), ("ISIC_0000003.jpg", "1"), ("IMD003.bmp", "2"), ("D53_orig.jpg", "0")]
    root = make_symderm(tmp_path / "symderm", rows)
    save(photo(7), root / "images" / "IMD003.bmp")
    # SymDerm's own masks have the names of the images, but for the ending.
    for file, _ in rows:
        save(mask_array(), root / ("Masks" if file.startswith("D53") else "outlines") / f"{Path(file).stem}.png")
    result = index_of("symderm", root, image_folders=(str(ham10000),))
    index = result.index.set_index("image_id")
    assert index["label"].to_dict() == {
        "IMD003": "symmetric",
        "ISIC_0000001": "asymmetric",
        "ISIC_0000003": "symmetric",
    }
    assert index["lesion_id"].to_dict() == {
        "IMD003": "IMD003",
        "ISIC_0000001": "HAM_1",
        "ISIC_0000003": "ISIC_0000003",
    }
    assert index.loc["ISIC_0000001", "path"].endswith("HAM10000_images_part_1/ISIC_0000001.jpg")
    assert index["mask_path"].isna().all()
    assert list(reasons(result)) == ["D53_orig"]
    assert reasons(result)["D53_orig"].startswith("missing file")
    assert str(root) in result.rejected["path"].iloc[0]
    assert str(ham10000) in result.rejected["path"].iloc[0]


def test_symderm_lesions_are_known_from_a_sub_folder_of_ham10000(tmp_path, ham10000):
    root = make_symderm(tmp_path / "symderm", [("ISIC_0000001.jpg", "0")])
    part = str(ham10000 / "HAM10000_images_part_1")
    assert index_of("symderm", root, image_folders=(part,)).index["lesion_id"].tolist() == ["HAM_1"]
    assert ham10000 / "HAM10000_metadata.csv" in label_files("symderm", root, (part,))


def test_symderm_unknown_label_is_named(tmp_path):
    root = make_symderm(tmp_path / "symderm", [("a.jpg", "3"), ("b.jpg", ""), ("c.jpg", "0")])
    save(photo(), root / "c.jpg")
    found = reasons(index_of("symderm", root))
    assert found == {key: f"unknown class {raw!r}; expected one of 0, 1, 2" for key, raw in (("a", "3"), ("b", ""))}


# --- ISIC 2019

CLASSES_2019 = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")


def make_isic2019(root: Path, rows: list[tuple[str, str | dict[str, str]]], lesions: dict[str, str] | None = None):
    """Write rows of (id, class or class -> cell), and an image for each."""
    root.mkdir(parents=True, exist_ok=True)
    table = ["image," + ",".join(CLASSES_2019)]
    metadata = ["image,age_approx,anatom_site_general,lesion_id,sex"]
    for number, (image, marks) in enumerate(rows):
        marks = {marks: "1.0"} if isinstance(marks, str) else marks
        table.append(",".join([image, *(marks.get(name, "0.0") for name in CLASSES_2019)]))
        metadata.append(f"{image},55,anterior torso,{(lesions or {}).get(image, '')},female")
        save(photo(number), root / "ISIC_2019_Training_Input" / f"{image}.jpg")
    (root / "ISIC_2019_Training_GroundTruth.csv").write_text("\n".join(table) + "\n")
    (root / "ISIC_2019_Training_Metadata.csv").write_text("\n".join(metadata) + "\n")
    return root


def test_isic2019_maps_classes_and_counts_what_is_left_out(tmp_path):
    rows = [(f"ISIC_{number:07d}", name) for number, name in enumerate(CLASSES_2019)]
    rows += [("ISIC_0000100_downsampled", "SCC"), ("ISIC_0000101_downsampled", "MEL")]
    root = make_isic2019(tmp_path / "isic2019", rows, {"ISIC_0000003": "BCN_7"})
    result = index_of("isic2019", root)
    labels = dict(zip(result.index["image_id"], result.index["label"], strict=True))
    expected = ["mel", "nv", "bcc", "akiec", "bkl", "df", "vasc"]
    assert labels == {f"ISIC_{n:07d}": name for n, name in enumerate(expected)} | {"ISIC_0000101_downsampled": "mel"}
    assert result.left_out == {"SCC": 2, "UNK": 1}
    assert result.rejected.empty
    lesions = result.index.set_index("image_id")["lesion_id"]
    assert lesions["ISIC_0000003"] == "BCN_7"
    assert lesions["ISIC_0000004"] == "ISIC_0000004"
    assert result.index["path"].tolist()[-1].endswith("ISIC_0000101_downsampled.jpg")


def test_isic2019_bad_marks_are_named(tmp_path):
    rows = [
        ("a", {"MEL": "1.0", "NV": "1.0"}),
        ("b", {}),
        ("c", {"MEL": "0.5", "NV": "0.5"}),
        ("d", {name: "x" for name in CLASSES_2019}),
        ("e", "NV"),
        ("f", {"MEL": "1.0", "SCC": "1.0"}),
        ("g", {"SCC": "1.0", "UNK": "1.0"}),
    ]
    result = index_of("isic2019", make_isic2019(tmp_path / "isic2019", rows))
    assert reasons(result) == {
        "a": "several classes: MEL, NV",
        "b": "unknown class: none is marked",
        "c": "unknown class: marks must be 0.0 or 1.0",
        "d": "unknown class: marks must be 0.0 or 1.0",
        "f": "several classes: MEL, SCC",
        "g": "several classes: SCC, UNK",
    }
    assert result.index[["image_id", "label"]].to_numpy().tolist() == [["e", "nv"]]
    assert result.left_out == {"SCC": 0, "UNK": 0}


def test_downsampled_ids_are_found_under_the_archives_name(tmp_path):
    root = make_isic2019(tmp_path / "isic2019", [("ISIC_0000101_downsampled", "MEL")])
    images = root / "ISIC_2019_Training_Input"
    (images / "ISIC_0000101_downsampled.jpg").rename(images / "ISIC_0000101.JPG")
    index = index_of("isic2019", root).index
    assert index["image_id"].tolist() == ["ISIC_0000101_downsampled"]
    assert index["path"].iloc[0].endswith("ISIC_0000101.JPG")


# --- ISIC 2016


def make_isic2016(root: Path, train: str, test: str | None = None) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for part, text in (("Training", train), ("Test", test)):
        if text is not None:
            (root / f"ISBI2016_ISIC_Part3_{part}_GroundTruth.csv").write_text(text)
            for line in text.splitlines():
                image = line.split(",")[0]
                save(photo(), root / f"ISBI2016_ISIC_Part3_{part}_Data" / f"{image}.jpg")
    return root


@pytest.mark.parametrize("header", ["", "image_id,label\n", "image,melanoma\r\n"])
@pytest.mark.parametrize(("benign", "malignant"), [("benign", "malignant"), ("0", "1"), ("0.0", "1.0")])
def test_isic2016_with_and_without_header(tmp_path, header, benign, malignant):
    root = make_isic2016(tmp_path / "a", f"{header}ISIC_1,{benign}\r\nISIC_2,{malignant}\n", "ISIC_9,0.0\r\n")
    result = index_of("isic2016", root)
    assert result.index[["image_id", "lesion_id", "label", "part"]].to_numpy().tolist() == [
        ["ISIC_1", "ISIC_1", "benign", "train"],
        ["ISIC_2", "ISIC_2", "malignant", "train"],
        ["ISIC_9", "ISIC_9", "benign", "test"],
    ]
    assert result.rejected.empty


def test_isic2016_test_part_is_optional(tmp_path):
    result = index_of("isic2016", make_isic2016(tmp_path / "a", "ISIC_1,benign\n"))
    assert result.index["part"].tolist() == ["train"]


def test_isic2016_bad_first_row_is_no_header(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,begnign\nISIC_2,benign\n")
    assert list(reasons(index_of("isic2016", root))) == ["ISIC_1"]


def test_isic2016_id_in_both_parts_is_named(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,benign\nISIC_2,benign\n", "ISIC_1,0\n")
    assert reasons(index_of("isic2016", root)) == {"ISIC_1": "id given 2 times"}


# --- bad rows


def test_ids_given_twice_and_unknown_classes_are_named(tmp_path):
    rows = [*HAM_ROWS, ("HAM_4", "ISIC_0000002", "mel"), ("HAM_5", "ISIC_0000005", "NV?")]
    result = index_of("ham10000", make_ham10000(tmp_path / "ham", rows))
    assert result.index["image_id"].tolist() == ["ISIC_0000001", "ISIC_0000003"]
    assert reasons(result) == {
        "ISIC_0000002": "id given 2 times",
        "ISIC_0000005": "unknown class 'NV?'; expected one of akiec, bcc, bkl, df, mel, nv, vasc",
    }
    assert result.rejected["path"].tolist() == [(tmp_path / "ham/HAM10000_metadata.csv").as_posix()] * 2


@pytest.mark.parametrize("bad", ["../secret", "a/b", "/etc/passwd", "..", "a\\b", "x..y"])
def test_an_id_that_would_leave_its_folder_is_named(tmp_path, bad):
    root = make_ham10000(tmp_path / "ham", [*HAM_ROWS, ("HAM_9", bad, "nv")])
    save(photo(), tmp_path / "secret.jpg")
    result = index_of("ham10000", root)
    assert reasons(result) == {bad: "id would leave its folder"}
    assert len(result.index) == 3


@pytest.mark.parametrize("bad", ["../x.jpg", "sub/x.jpg"])
def test_a_folder_in_symderms_file_is_named(tmp_path, bad):
    root = make_symderm(tmp_path / "symderm", [(bad, "0")])
    save(photo(), root / "sub" / "x.jpg")
    assert list(reasons(index_of("symderm", root)).values()) == ["id would leave its folder"]


@pytest.mark.parametrize("bad", ["", ".hidden", "-rf", "a b", "a\nb", "ISIC_1\n", "é", "a" * 101, "_a"])
def test_other_bad_ids(bad):
    assert problem_with_id(bad)


@given(st.text(alphabet=st.sampled_from("aZ09_.-/\\\n \0é~"), max_size=12) | st.text(max_size=12))
def test_an_accepted_id_names_a_file_of_its_folder(image_id):
    if problem_with_id(image_id) is None:
        assert (Path("/folder") / f"{image_id}.jpg").resolve() == Path(f"/folder/{image_id}.jpg")
        assert not {"/", "\0", "\n", "\\", " "} & set(image_id)
        assert image_id[0].isalnum()


def test_tables_that_are_no_tables(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    table.write_text("image_id;dx\na;nv\n")
    with pytest.raises(LabelTableError, match=r"HAM10000_metadata.csv: no column lesion_id, image_id, dx; found"):
        index_of("ham10000", root)
    table.write_bytes(b"\xff\xfe\x00\x01\n\x80")
    with pytest.raises(LabelTableError, match="not a readable label table"):
        index_of("ham10000", root)
    table.write_text("")
    with pytest.raises(LabelTableError, match="not a readable label table"):
        index_of("ham10000", root)
    with pytest.raises(LabelTableError, match="3 columns; expected 2"):
        index_of("isic2016", make_isic2016(tmp_path / "isic", "a,benign,1\n"))


def test_a_byte_order_mark_and_spaces_are_no_part_of_a_cell(tmp_path):
    root = make_ham10000(tmp_path / "ham", HAM_ROWS)
    table = root / "HAM10000_metadata.csv"
    table.write_text("\ufeff" + table.read_text().replace("ISIC_0000001,", " ISIC_0000001 ,"), encoding="utf-8")
    assert len(index_of("ham10000", root).index) == 3


# --- bad images and masks, each met through the index


def jpeg_bytes(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@cache
def bad_images() -> dict[str, tuple[bytes, str]]:
    whole = jpeg_bytes(photo())
    png = BytesIO()
    Image.new("1", (11_000, 10_000)).save(png, "PNG")
    bmp = BytesIO()
    photo().save(bmp, "BMP")
    claimed = bytearray(bmp.getvalue())
    claimed[18:26] = (60_000).to_bytes(4, "little") * 2
    torn = BytesIO()
    photo(size=(300, 300)).save(torn, "PNG")
    first, second, rest = torn.getvalue().split(b"IDAT", 2)
    return {
        "text": (b"<html>404</html>", "unreadable: no JPEG, PNG or BMP image"),
        "nothing": (b"", "unreadable: no JPEG, PNG or BMP image"),
        "cut": (whole[: len(whole) // 2], "truncated: "),
        "one channel": (jpeg_bytes(photo().convert("L")), "grey: one channel"),
        "equal channels": (jpeg_bytes(photo().convert("L").convert("RGB")), "grey: its three channels are equal"),
        "four channels": (jpeg_bytes(photo().convert("CMYK")), "not RGB: mode CMYK"),
        "narrow": (jpeg_bytes(photo(size=(31, 90))), "too small: 31x90, expected at least 32"),
        "low": (jpeg_bytes(photo(size=(90, 31))), "too small: 90x31, expected at least 32"),
        "bomb": (png.getvalue(), "too large: 11000x10000"),
        "claimed size": (bytes(claimed), "too large: expected up to 100000000 pixels"),
        "torn chunks": (first + b"IDAT" + second + b"\0\1\2\3" + rest, "unreadable: broken PNG file"),
    }


@pytest.mark.parametrize("name", list(bad_images()))
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bad_images_are_named(ham10000, name):
    content, reason = bad_images()[name]
    path = ham10000 / "HAM10000_images_part_1" / "ISIC_0000001.jpg"
    path.write_bytes(content)
    result = index_of("ham10000", ham10000)
    assert reasons(result)["ISIC_0000001"].startswith(reason)
    assert result.rejected["path"].tolist() == [path.as_posix()]
    assert result.index["image_id"].tolist() == ["ISIC_0000002", "ISIC_0000003"]


def test_minimum_size_is_a_setting(ham10000):
    assert len(index_of("ham10000", ham10000, minimum_size=36).index) == 3
    assert len(index_of("ham10000", ham10000, minimum_size=37).rejected) == 3


def bad_masks() -> dict[str, tuple[np.ndarray, str]]:
    between = mask_array()
    between[5, 8:12] = (3, 17, 200, 254)
    coloured = np.stack([mask_array(), mask_array(), np.zeros_like(mask_array())], axis=-1)
    return {
        "size": (mask_array((36, 40)), "mask of another size: 36x40, its image 40x36"),
        "between": (between, "mask not binary: values 0, 3, 17, 200, 254, ..."),
        "another value": (mask_array(value=128), "mask not binary: values 0, 128"),
        "no zero": (np.where(mask_array(), 255, 1).astype(np.uint8), "mask not binary: values 1, 255"),
        "coloured": (coloured, "mask not binary: it is coloured"),
        "alpha": (np.stack([mask_array()] * 4, axis=-1), "mask not binary: mode RGBA"),
        "empty": (mask_array(value=0), "empty mask"),
    }


@pytest.mark.parametrize("name", list(bad_masks()))
def test_bad_masks_are_named(ham10000, name):
    array, reason = bad_masks()[name]
    path = save(array, ham10000 / MASKS / "ISIC_0000002_segmentation.png")
    result = index_of("ham10000", ham10000)
    assert list(reasons(result)) == ["ISIC_0000002"]
    assert reasons(result)["ISIC_0000002"].startswith(reason)
    assert result.rejected["path"].tolist() == [path.as_posix()]


def test_a_cut_mask_is_named(ham10000):
    path = ham10000 / MASKS / "ISIC_0000002_segmentation.png"
    path.write_bytes(path.read_bytes()[:60])
    assert reasons(index_of("ham10000", ham10000))["ISIC_0000002"].startswith(("mask truncated", "mask unreadable"))


@pytest.mark.parametrize(
    "mask",
    [
        Image.fromarray(mask_array()),
        Image.fromarray(mask_array(value=1)),
        Image.fromarray(mask_array()).convert("1"),
        Image.fromarray(mask_array()).convert("P"),
        Image.fromarray(np.stack([mask_array()] * 3, axis=-1)),
        Image.fromarray(np.full((36, 40), 255, np.uint8)),
    ],
    ids=["0/255", "0/1", "bits", "palette", "three channels", "all lesion"],
)
def test_good_masks_are_accepted(tmp_path, mask):
    path = save(mask, tmp_path / "mask.png")
    assert check_mask(path, (40, 36)) == sha256_of(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(BadFileError, match="unreadable"):
        check_image(tmp_path, 32)


@pytest.fixture(scope="module")
def whole_jpeg() -> bytes:
    return jpeg_bytes(photo(3, (64, 64)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(share=st.floats(0, 0.97))
def test_a_jpeg_cut_anywhere_is_refused(tmp_path, whole_jpeg, share):
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole_jpeg[: int(share * len(whole_jpeg))])
    with pytest.raises(BadFileError, match=r"truncated|unreadable"):
        check_image(path, 32)


def problem_of(check, *arguments) -> str | None:
    """Return the reason a check gives, or None; any other error passes."""
    try:
        check(*arguments)
    except BadFileError as error:
        return str(error)
    return None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), ending=st.sampled_from(["JPEG", "PNG", "BMP"]))
def test_damage_is_never_met_as_another_error(tmp_path, data, ending):
    buffer = BytesIO()
    photo(size=(33, 34)).save(buffer, ending)
    content = bytearray(buffer.getvalue())
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1)):
        content[place] = value
    path = tmp_path / "damaged"
    path.write_bytes(content)
    for problem in (problem_of(check_image, path, 32), problem_of(check_mask, path, (33, 34))):
        assert problem is None or (problem and " at 0x" not in problem)


# --- finding files


def test_masks_superpixels_and_hidden_files_are_no_images(tmp_path):
    for name in (
        "x/a_segmentation.png",
        "x/a_Segmentation.png",
        "x/a_superpixels.png",
        "Masks/a.png",
        "HAM10000_segmentations_lesion_tschandl/a.png",
        "x/._a.jpg",
        "__MACOSX/a.jpg",
        "x/a.txt",
    ):
        save(photo(), (tmp_path / name).with_suffix(".png")).rename(tmp_path / name)
    listing = list_files([str(tmp_path)])
    assert listing.images == {}
    assert set(listing.masks) == {"a"}


def test_a_folder_above_may_be_called_anything(tmp_path):
    path = save(photo(), tmp_path / "masks" / "data" / "a.jpg")
    assert find_images(list_files([str(tmp_path / "masks")]), "a.jpg") == [path]


def test_which_of_several_files_is_taken(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one / "a.png", one / "a.jpeg", two / "a.jpg", two / "b.png", two / "sub" / "b.png"):
        save(photo(), path)
    listing = list_files([str(one), str(two)])
    assert find_images(listing, "a.jpg") == [two / "a.jpg"]  # the name itself, wherever it is
    assert find_images(listing, "a.bmp") == [one / "a.jpeg"]  # else the first folder, JPEG first
    assert find_images(listing, "b.png") == [two / "b.png", two / "sub" / "b.png"]
    assert find_images(listing, "c.jpg") == []


def test_an_image_found_twice_is_named(ham10000):
    save(photo(9), ham10000 / "HAM10000_images_part_2" / "ISIC_0000001.jpg")
    reason = reasons(index_of("ham10000", ham10000))["ISIC_0000001"]
    assert reason.startswith("image found twice")
    assert "HAM10000_images_part_2" in reason


def test_links_to_folders_are_followed_once(tmp_path):
    path = save(photo(), tmp_path / "store" / "a.jpg")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "back").symlink_to(tmp_path / "data")
    assert find_images(list_files([str(tmp_path / "data")]), "a.jpg") == [tmp_path / "data" / "images" / path.name]


# --- missing data sets


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("ham10000", ["HAM10000_metadata.csv or HAM10000_metadata", "HAM10000_images_part_1", "Dataverse"]),
        ("symderm", ["SymDerm_v2_labels.csv", "image_folders", "isic-cli", "Dataverse"]),
        ("isic2019", ["ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv", "isic-cli"]),
        ("isic2016", ["ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "Optional", "isic-cli"]),
    ],
)
def test_a_missing_data_set_says_where_what_and_how(tmp_path, dataset, expected):
    folder = tmp_path / "nowhere"
    with pytest.raises(MissingDatasetError) as error:
        label_files(dataset, folder)
    for part in [*expected, f"{dataset}: data set missing. Looked in {folder} (there is no such folder)"]:
        assert part in str(error.value)
    folder.mkdir()
    with pytest.raises(MissingDatasetError) as error:
        label_files(dataset, folder)
    assert "no such folder" not in str(error.value)


def test_label_files_lists_what_is_there(tmp_path):
    root = make_isic2016(tmp_path / "a", "ISIC_1,benign\n", "ISIC_2,0\n")
    names = [path.name for path in label_files("isic2016", root)]
    assert names == ["ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "ISBI2016_ISIC_Part3_Test_GroundTruth.csv"]
    root = make_isic2019(tmp_path / "b", [("a", "NV")])
    (root / "ISIC_2019_Training_Metadata.csv").unlink()
    with pytest.raises(MissingDatasetError, match=r"Not found: ISIC_2019_Training_Metadata\.csv\n"):
        label_files("isic2019", root)


def test_a_missing_image_folder_is_named(ham10000):
    with pytest.raises(MissingDatasetError, match="gone: no such folder"):
        index_of("ham10000", ham10000, image_folders=(str(ham10000 / "gone"),))


def test_sources_needs_only_the_standard_library():
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import selcn.datasets.sources"
    subprocess.run([sys.executable, "-S", "-c", code], check=True)


@pytest.mark.parametrize("wrong", [{"dataset": "ham"}, {"on_rejected": "ignore"}, {"limit_per_class": 0}])
def test_settings_refuse_what_nothing_later_would_notice(wrong):
    with pytest.raises(ValueError, match=r"unknown data set|on_rejected|limit_per_class"):
        SourceSettings(**{"dataset": "ham10000", "folder": "x"} | wrong)


# --- the limit

MANY = [(f"HAM_{n}", f"ISIC_{n:07d}", "nv" if n % 3 else "mel") for n in range(24)]
# The first three of each class by the SHA-256 of their ids, written down so that they stay the same for good.
LIMITED = ["ISIC_0000000", "ISIC_0000003", "ISIC_0000008", "ISIC_0000017", "ISIC_0000019", "ISIC_0000021"]


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    return make_ham10000(tmp_path_factory.mktemp("many"), MANY)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations(MANY), threads=st.sampled_from([1, 4]))
def test_the_limit_takes_the_same_images_in_whatever_order(many, order, threads):
    lines = (many / "HAM10000_metadata.csv").read_text().splitlines()
    by_id = {line.split(",")[1]: line for line in lines[1:]}
    shuffled = [by_id[image] for _, image, _ in order]
    (many / "HAM10000_metadata.csv").write_text("\n".join([lines[0], *shuffled]) + "\n")
    result = build_index(SourceSettings("ham10000", str(many), limit_per_class=3), threads)
    assert result.index["image_id"].tolist() == LIMITED
    assert result.rejected.empty


def test_the_limit_passes_over_bad_images_and_names_only_those_it_met(tmp_path):
    root = make_ham10000(tmp_path / "ham", MANY)
    nevi = [image for image in LIMITED if dict((i, d) for _, i, d in MANY)[image] == "nv"]
    next(root.glob(f"*/{nevi[0]}.jpg")).unlink()
    result = index_of("ham10000", root, limit_per_class=3)
    assert list(reasons(result)) == [nevi[0]]
    assert summarise(result)["per_class"] == {"mel": 3, "nv": 3}
    assert set(nevi[1:]) < set(result.index["image_id"])


def test_the_limit_counts_each_part_of_isic2016(tmp_path):
    train = "".join(f"a{n},{n % 2}\n" for n in range(8))
    test = "".join(f"b{n},{n % 2}\n" for n in range(8))
    index = index_of("isic2016", make_isic2016(tmp_path / "a", train, test), limit_per_class=2).index
    assert index.groupby(["part", "label"]).size().tolist() == [2, 2, 2, 2]


# --- stop or drop


def test_rejected_images_stop_the_run_with_the_first_ten(tmp_path):
    rows = [*HAM_ROWS, *((f"HAM_{n}", f"bad_{n:02d}", "what") for n in range(12))]
    settings_ = SourceSettings("ham10000", str(make_ham10000(tmp_path / "ham", rows)))
    result = build_index(settings_)
    with pytest.raises(RejectedImagesError) as error:
        require_accepted(result, settings_, "logs/index.log")
    message = str(error.value)
    assert message.startswith("ham10000: 12 of 15 images rejected; the run stops:")
    assert [f"bad_{n:02d}" in message for n in range(12)] == [True] * 10 + [False] * 2
    assert message.count("unknown class 'what'") == 10
    assert "... and 2 more" in message
    assert "`on_rejected: drop`" in message
    assert "logs/index.log" in message
    require_accepted(result, SourceSettings("ham10000", settings_.folder, on_rejected="drop"), "logs/index.log")


def test_nothing_left_stops_even_where_images_are_dropped(tmp_path):
    root = make_symderm(tmp_path / "symderm", [("a.jpg", "0")])
    settings_ = SourceSettings("symderm", str(root), on_rejected="drop")
    with pytest.raises(RejectedImagesError, match=r"no image is left(.|\n)*How to get what is missing(.|\n)*Dataverse"):
        require_accepted(build_index(settings_), settings_, "log")


def test_nothing_rejected_stops_nothing(ham10000):
    settings_ = SourceSettings("ham10000", str(ham10000))
    require_accepted(build_index(settings_), settings_, "log")


def run_script(folder: Path, root: Path, **source) -> SimpleNamespace:
    job = SimpleNamespace(
        params=SimpleNamespace(source={"dataset": "ham10000", "folder": str(root), "image_folders": []} | source),
        output=SimpleNamespace(
            index=str(folder / "index.parquet"),
            rejected=str(folder / "rejected.csv"),
            summary=str(folder / "summary.json"),
        ),
        log=[str(folder / "log.txt")],
        threads=1,
    )
    folder.mkdir()
    runpy.run_path(str(SCRIPTS / "index_dataset.py"), init_globals={"snakemake": job})
    return job


def test_the_script_writes_index_rejected_and_summary(tmp_path, ham10000):
    (ham10000 / "HAM10000_images_part_2" / "ISIC_0000002.jpg").unlink()
    job = run_script(tmp_path / "out", ham10000, on_rejected="drop")
    expected = index_of("ham10000", ham10000)
    pd.testing.assert_frame_equal(read_table(job.output.index), expected.index)
    pd.testing.assert_frame_equal(pd.read_csv(job.output.rejected, dtype="str"), expected.rejected)
    assert read_json(job.output.summary) == {
        "indexed": 2,
        "rejected": 1,
        "left_out": {},
        "per_class": {"mel": 1, "nv": 1},
    }


def test_the_script_leaves_the_whole_list_in_its_log_when_it_stops(tmp_path):
    rows = [*HAM_ROWS, *((f"HAM_{n}", f"bad_{n:02d}", "what") for n in range(12))]
    root = make_ham10000(tmp_path / "ham", rows)
    with pytest.raises(RejectedImagesError, match=r"log\.txt"):
        run_script(tmp_path / "out", root)
    log = (tmp_path / "out" / "log.txt").read_text()
    assert all(f"rejected 'bad_{n:02d}': unknown class 'what'" in log for n in range(12))
    assert not (tmp_path / "out" / "index.parquet").exists()
