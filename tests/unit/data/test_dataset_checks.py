"""Checks of images and masks, most of them through the index."""

import os
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from native_layouts import MASKS, index_of, make_isic2016, mask_array, photo, reasons, save
from selcn.data.datasets.checks import BadFileError, CheckedImage, check_image, check_mask
from selcn.data.images import read_image
from selcn.storage.artifacts import sha256_of

SHRINK = "shrink it or raise maximum_pixels"


def image_of(size: tuple[int, int], orientation: int = 1) -> CheckedImage:
    """Return a checked image of a width and a height in pixels."""
    return CheckedImage(*size, orientation, "")


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
        "text": (b"<html>404</html>", "unreadable: not a JPEG, PNG or BMP image"),
        "nothing": (b"", "unreadable: not a JPEG, PNG or BMP image"),
        "cut": (whole[: len(whole) // 2], "truncated: "),
        "one channel": (jpeg_bytes(photo().convert("L")), "grey: one channel"),
        "equal channels": (jpeg_bytes(photo().convert("L").convert("RGB")), "grey: its three channels are equal"),
        "four channels": (jpeg_bytes(photo().convert("CMYK")), "not RGB: mode CMYK"),
        "narrow": (jpeg_bytes(photo(size=(31, 90))), "too small: 31x90, expected at least 32"),
        "low": (jpeg_bytes(photo(size=(90, 31))), "too small: 90x31, expected at least 32"),
        "bomb": (png.getvalue(), "too large: 11000x10000"),
        "claimed size": (bytes(claimed), "too large: 60000x60000, expected up to 100000000 pixels"),
        "torn chunks": (first + b"IDAT" + second + b"\0\1\2\3" + rest, "unreadable: broken PNG file"),
    }


@pytest.mark.parametrize("name", list(bad_images()))
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


def claimed_png(side: int) -> bytes:
    """Return a PNG whose header claims a square of a size."""
    buffer = BytesIO()
    photo().save(buffer, "PNG")
    content = bytearray(buffer.getvalue())
    content[16:24] = side.to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("place", "what"),
    [("HAM10000_images_part_1/ISIC_0000001.jpg", ""), (f"{MASKS}/ISIC_0000001_segmentation.png", "mask ")],
)
def test_what_claims_too_many_pixels_is_refused_before_it_is_decoded(ham10000, monkeypatch, place, what):
    (ham10000 / place).write_bytes(claimed_png(100_000))
    decoded = []
    load = ImageFile.ImageFile.load

    def watched(image):
        decoded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", watched)
    found = reasons(index_of("ham10000", ham10000))
    assert found == {"ISIC_0000001": f"{what}too large: 100000x100000, expected up to 100000000 pixels; {SHRINK}"}
    assert decoded
    assert set(decoded) == {(40, 36)}


def test_maximum_pixels_is_a_setting(ham10000):
    assert len(index_of("ham10000", ham10000, maximum_pixels=40 * 36).index) == 3
    found = reasons(index_of("ham10000", ham10000, maximum_pixels=40 * 36 - 1))
    assert set(found.values()) == {f"too large: 40x36, expected up to 1439 pixels; {SHRINK}"}


def test_a_file_of_more_bytes_than_its_pixels_can_need_is_not_read(tmp_path):
    path = tmp_path / "long.png"
    with open(path, "wb") as file:
        file.truncate(2**40)
    with pytest.raises(BadFileError, match=r"too large: 1099511627776 bytes"):
        check_image(path, 32, 10_000)


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(BadFileError, match="not a regular file"):
        check_image(tmp_path / "pipe.jpg", 32, 10_000)


def test_a_folder_whose_name_no_table_can_hold_is_named(ham10000):
    images = ham10000 / "HAM10000_images_part_1"
    os.rename(os.fsencode(images), os.fsencode(ham10000) + b"/caf\xe9")
    found = index_of("ham10000", ham10000).rejected
    assert set(found["reason"]) == {"unreadable: a name in its path is not UTF-8; rename it"}
    assert found["path"].str.contains(r"caf\xe9/", regex=False).all()


def bad_masks() -> dict[str, tuple[np.ndarray, str]]:
    between = mask_array()
    between[5, 8:12] = (3, 17, 200, 254)
    coloured = np.stack([mask_array(), mask_array(), np.zeros_like(mask_array())], axis=-1)
    return {
        "size": (mask_array((36, 40)), "mask size differs: 36x40, its image 40x36"),
        "between": (between, "mask not binary: values 0, 3, 17, 200, 254, ..."),
        "another value": (mask_array(value=128), "mask not binary: values 0, 128"),
        "no zero": (np.where(mask_array(), 255, 1).astype(np.uint8), "mask not binary: values 1, 255"),
        "coloured": (coloured, "mask not binary: its channels differ"),
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
    assert check_mask(path, image_of((40, 36)), 10_000) == sha256_of(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(BadFileError, match="unreadable"):
        check_image(tmp_path, 32, 10_000)


@pytest.fixture(scope="module")
def whole_jpeg() -> bytes:
    return jpeg_bytes(photo(3, (64, 64)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.97))
def test_a_jpeg_cut_anywhere_is_refused(tmp_path, whole_jpeg, share):
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole_jpeg[: int(share * len(whole_jpeg))])
    with pytest.raises(BadFileError, match=r"truncated|unreadable"):
        check_image(path, 32, 10_000)


def problem_of(check, *arguments) -> str | None:
    """Return the reason a check gives, or None; any other error passes."""
    try:
        check(*arguments)
    except BadFileError as error:
        return str(error)
    return None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), ending=st.sampled_from(["JPEG", "PNG", "BMP"]))
def test_damage_is_never_met_as_another_error(tmp_path, data, ending):
    buffer = BytesIO()
    photo(size=(33, 34)).save(buffer, ending)
    content = bytearray(buffer.getvalue())
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1)):
        content[place] = value
    path = tmp_path / "damaged"
    path.write_bytes(content)
    for problem in (
        problem_of(check_image, path, 32, 10_000),
        problem_of(check_mask, path, image_of((33, 34)), 10_000),
    ):
        assert problem is None or (problem and " at 0x" not in problem)


def jpeg_of(path: Path, orientation: int | None, size: tuple[int, int] = (40, 36)) -> Path:
    """Write a JPEG with an EXIF orientation."""
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    photo(1, size).save(path, exif=exif)
    return path


@pytest.mark.parametrize("orientation", [None, *range(10)])
@pytest.mark.parametrize("size", [(40, 36), (40, 40)])
def test_a_mask_belongs_to_the_stored_pixels(ham10000, orientation, size):
    """The truth table, written out: a tag that turns by a quarter is settled by the mask's size, another is not."""
    path = jpeg_of(ham10000 / "HAM10000_images_part_1" / "ISIC_0000001.jpg", orientation, size)
    mask = save(mask_array(size), ham10000 / MASKS / "ISIC_0000001_segmentation.png")
    found = reasons(index_of("ham10000", ham10000)).get("ISIC_0000001", "")
    unsettled = orientation in ((2, 3, 4) if size == (40, 36) else (2, 3, 4, 5, 6, 7, 8))
    assert found.startswith(f"EXIF orientation {orientation}: the mask may belong to the stored pixels") == unsettled
    assert bool(found) == unsettled
    if size == (40, 36):
        save(mask_array(size[::-1]), mask)
        found = reasons(index_of("ham10000", ham10000))["ISIC_0000001"]
        assert found.startswith("mask size differs: 36x40, its image 40x36")
        assert ("auto-orient" in found) == (orientation in (5, 6, 7, 8))
    checked = check_image(path, 32, 10_000)
    assert read_image(path, checked.sha256).shape == (checked.height, checked.width, 3)


def test_an_orientation_matters_to_no_image_without_mask(tmp_path):
    root = make_isic2016(tmp_path / "isic2016", "ISIC_1,benign\n")
    jpeg_of(next(root.glob("*/ISIC_1.jpg")), 6)
    assert index_of("isic2016", root).index[["width", "height"]].to_numpy().tolist() == [[40, 36]]
