"""Images as they come: what is converted, with which pixels and notes, and what is rejected."""

import hashlib
import io
import os

import numpy as np
import pytest
from PIL import Image

from selcn.prediction.reading import Limits, RejectedFileError, read_content, read_image

LIMITS = Limits(minimum_size=8, maximum_pixels=10_000)
RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (16, 24, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(content: bytes, suffix: str = ".png"):
    return read_image(content, suffix, LIMITS)


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("BMP", ".bmp"), ("JPEG", ".JPG")])
def test_what_the_study_reads_is_given_on_as_it_is(kind, suffix):
    content = encoded(Image.fromarray(COLOUR), kind)
    image = read(content, suffix)
    assert image.source is content
    assert image.notes == ()
    assert image.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("kind", "suffix", "options"), [("TIFF", ".tif", {}), ("WEBP", ".webp", {"lossless": True})])
def test_other_formats_without_loss_have_their_pixels(kind, suffix, options):
    image = read(encoded(Image.fromarray(COLOUR), kind, **options), suffix)
    assert np.array_equal(image.source, COLOUR)
    assert image.notes == ()


def test_grey_becomes_rgb_with_a_note():
    grey = COLOUR[..., 0]
    image = read(encoded(Image.fromarray(grey)))
    assert np.array_equal(image.source, np.stack([grey] * 3, axis=-1))
    assert image.notes == ("grey: it has no colour, which the networks rely on",)


def test_three_equal_channels_are_grey_too():
    image = read(encoded(Image.fromarray(np.stack([COLOUR[..., 0]] * 3, axis=-1))))
    assert image.notes == ("grey: it has no colour, which the networks rely on",)


def test_an_opaque_alpha_channel_changes_nothing():
    image = read(encoded(Image.fromarray(np.dstack([COLOUR, np.full(COLOUR.shape[:2], 255, np.uint8)]))))
    assert np.array_equal(image.source, COLOUR)
    assert image.notes == ()


def test_transparent_parts_are_shown_on_white():
    alpha = np.full(COLOUR.shape[:2], 255, np.uint8)
    alpha[:4], alpha[4:8] = 0, 128
    image = read(encoded(Image.fromarray(np.dstack([COLOUR, alpha]))))
    # Porter and Duff's "over", with white below.
    share = alpha[..., None] / 255
    assert np.abs(image.source - (share * COLOUR + (1 - share) * 255)).max() <= 1
    assert (image.source[:4] == 255).all()
    assert image.notes == ("transparent parts shown on white",)


def test_a_transparent_colour_of_a_png_without_alpha_is_white():
    pixels = COLOUR.copy()
    pixels[0, 0] = (1, 2, 3)
    image = read(encoded(Image.fromarray(pixels), transparency=(1, 2, 3)))
    assert image.source[0, 0].tolist() == [255, 255, 255]
    assert np.array_equal(image.source[1:], pixels[1:])


def test_cmyk_is_converted_and_noted():
    # Each ink absorbs its complement: without ink white, full cyan has no red.
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[8:, :, 0] = 255
    image = read(encoded(Image.fromarray(inks, "CMYK"), "TIFF"), ".tif")
    assert image.source[0, 0].tolist() == [255, 255, 255]
    assert image.source[-1, 0].tolist() == [0, 255, 255]
    assert "CMYK converted to RGB without a colour profile" in image.notes[0]


def test_16_bit_grey_is_scaled_not_clipped():
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16) * 256 + 77
    image = read(encoded(Image.fromarray(grey)))
    assert np.array_equal(image.source[..., 0], np.arange(256).reshape(16, 16))
    assert image.notes == ("16 bits a channel: the upper 8 used", "grey: it has no colour, which the networks rely on")


def test_16_bit_colour_is_scaled_and_noted():
    import cv2

    wide = COLOUR.astype(np.uint16) * 257
    image = read(cv2.imencode(".png", wide[..., ::-1])[1].tobytes())
    assert np.array_equal(image.source, COLOUR)
    assert image.notes == ("16 bits a channel: the upper 8 used",)


def test_a_palette_has_its_colours():
    palette = Image.fromarray(COLOUR).quantize(16)
    image = read(encoded(palette))
    assert np.array_equal(image.source, np.asarray(palette.convert("RGB")))
    assert image.notes == ()


def test_a_wrong_ending_is_noted():
    assert read(encoded(Image.fromarray(COLOUR)), ".jpg").notes == ("a PNG file, though its name ends in .jpg",)
    assert read(encoded(Image.fromarray(COLOUR)), "").notes == ()


def test_an_exif_orientation_is_ignored_and_noted():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.fromarray(COLOUR), "JPEG", exif=exif)
    image = read(content, ".jpg")
    assert image.source is content
    assert image.notes == ("EXIF orientation 6 ignored, as in the study: not turned",)


def test_the_first_picture_of_a_phones_jpeg_is_meant():
    first, second = Image.fromarray(COLOUR), Image.fromarray(COLOUR[::-1])
    content = encoded(first, "MPO", save_all=True, append_images=[second])
    assert read(content, ".jpg").notes == ()


def animation(kind: str) -> bytes:
    frames = [Image.fromarray(np.roll(COLOUR, turn, axis=0)) for turn in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (animation("GIF"), "3 frames of an animation, of which one must be meant"),
        (animation("WEBP"), "3 frames of an animation"),
        (animation("PNG"), "3 frames of an animation"),
        (animation("TIFF"), "3 pages, of which one must be meant"),
        (encoded(Image.new("I", (16, 16)), "TIFF"), "32 bits a pixel"),
        (encoded(Image.new("F", (16, 16)), "TIFF"), "32 bits a pixel"),
        (encoded(Image.new("RGB", (7, 16))), "too small: 7x16 pixels, expected at least 8 on both sides"),
        (encoded(Image.new("RGB", (101, 100))), "too large: 101x100 pixels, expected up to 10,000"),
        (encoded(Image.fromarray(COLOUR), "JPEG")[:-200], "truncated"),
        (b"GIF89a", "not an image"),
        (b"Not an image at all", "not an image: not a JPEG, PNG, BMP, TIFF, WEBP or GIF file"),
        (b"\0\0\0\x18ftypheic\0\0", "a HEIC file"),
        (b"\0" * 128 + b"DICM", "a DICOM file"),
        (b"%PDF-1.4", "a PDF file"),
    ],
)
def test_what_cannot_be_read_with_certainty_is_rejected(content, reason):
    with pytest.raises(RejectedFileError) as refused:
        read(content)
    assert refused.value.rejection.reason.startswith(reason)
    assert refused.value.rejection.advice


def test_files_are_read_only_where_they_can_be(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.jpg")
    with (tmp_path / "large.bmp").open("wb") as file:
        file.truncate(8 * LIMITS.maximum_pixels + 1_000_001)
    (tmp_path / "good.jpg").write_bytes(b"1")
    assert read_content(tmp_path / "good.jpg", LIMITS) == b"1"
    reasons = {"empty.jpg": "empty", "pipe.jpg": "no regular file", "large.bmp": "too large", "none.jpg": "unreadable"}
    for name, reason in reasons.items():
        with pytest.raises(RejectedFileError, match=reason):
            read_content(tmp_path / name, LIMITS)
