"""A folder of over 200 bad and odd files: each is named once, predicted or rejected, and nothing hangs."""

import io
import os
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fake_cascade import FakeCascade, fake_bundle
from selcn.prediction.files import list_images
from selcn.prediction.folder import FolderSettings, Places, predict_folder
from selcn.prediction.reading import Limits
from selcn.prediction.rows import write_tables

RNG = np.random.default_rng(1)
COLOUR = Image.fromarray(RNG.integers(0, 256, (40, 48, 3), dtype=np.uint8))
# Names that a table, a page or a shell may stumble over.
ODD_NAMES = ["a b.jpg", "ä ö.jpg", "日本語.jpg", "line\nbreak.jpg", "tab\t.jpg", "carriage\rreturn.jpg", "comma,.jpg"]
ODD_NAMES += ['"quoted".jpg', "'.jpg", "<b>bold.jpg", "a%20b.jpg", "{braces}.jpg", "-rf.jpg", "$HOME.jpg", "~.jpg"]
ODD_NAMES += [
    "=1+1.jpg",
    "NUL.jpg",
    "no ending",
    "two..dots.jpg",
    "é" * 100 + ".jpg",
    "RTL\u202e.jpg",
    "🙂.jpg",
    " .jpg",
]
NO_IMAGES = {
    "notes.txt": b"hello",
    "table.csv": b"a,b\n1,2\n",
    "text.jpg": b"hello",
    "page.jpg": b"<html><body>404</body></html>",
    "empty.jpg": b"",
    "one.png": b"\x89",
    "zeros.jpg": bytes(1000),
    "phone.heic": b"\0\0\0\x18ftypheic" + bytes(100),
    "scan.dcm": bytes(128) + b"DICM" + bytes(100),
    "letter.pdf": b"%PDF-1.4",
    "archive.jpg": b"PK\x03\x04" + bytes(100),
    "vector.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def claiming_png(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size, with few pixels behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def truncated() -> Iterator[tuple[str, bytes]]:
    """Yield files cut off at 20 places, each without its last pixels."""
    kinds = {"JPEG": {"quality": 95}, "PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}, "GIF": {}}
    for kind, options in kinds.items():
        content = encoded(COLOUR, kind, **options)
        # TIFF has its directory in the end in some files, and WebP its size in the header.
        for number, end in enumerate(np.linspace(1, 0.9 * len(content), 20).astype(int)):
            yield f"{kind} {number}", content[:end]


def flipped() -> Iterator[tuple[str, bytes]]:
    """Yield files with some bytes changed: decoders notice some of these, and read others."""
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "GIF"):
        content = encoded(COLOUR, kind)
        for number in range(12):
            changed = bytearray(content)
            for place in RNG.integers(0, len(changed), 4):
                changed[place] ^= 1 << RNG.integers(8)
            yield f"{kind} {number}", bytes(changed)


def noted() -> dict[str, tuple[bytes, str]]:
    """Return files that are predicted with a note, and a part of it."""
    grey, alpha = COLOUR.convert("L"), COLOUR.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(alpha.size))
    wide = Image.fromarray(RNG.integers(0, 2**16, (40, 48), dtype=np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 8
    return {
        "grey.jpg": (encoded(grey, "JPEG"), "grey"),
        "grey.png": (encoded(grey, "PNG"), "grey"),
        "bits.png": (encoded(COLOUR.convert("1"), "PNG"), "grey"),
        "alpha.png": (encoded(alpha, "PNG"), "transparent parts"),
        "alpha.webp": (encoded(alpha, "WEBP"), "transparent parts"),
        "grey alpha.png": (encoded(alpha.convert("LA"), "PNG"), "transparent parts"),
        "cmyk.jpg": (encoded(COLOUR.convert("CMYK"), "JPEG"), "CMYK"),
        "cmyk.tif": (encoded(COLOUR.convert("CMYK"), "TIFF"), "CMYK"),
        "16 bit.png": (encoded(wide, "PNG"), "16 bits"),
        "16 bit.tif": (encoded(wide, "TIFF"), "16 bits"),
        "turned.jpg": (encoded(COLOUR, "JPEG", exif=exif), "EXIF orientation 8"),
        "png named.jpg": (encoded(COLOUR, "PNG"), "a PNG file"),
        "jpeg named.png": (encoded(COLOUR, "JPEG"), "a JPEG file"),
        "webp named.jpg": (encoded(COLOUR, "WEBP"), "a WEBP file"),
        "gif named.bmp": (encoded(COLOUR, "GIF"), "a GIF file"),
        "jpeg named.txt": (encoded(COLOUR, "JPEG"), "a JPEG file"),
    }


def rejected() -> dict[str, bytes]:
    """Return files that are rejected."""
    frames = [Image.fromarray(RNG.integers(0, 256, (40, 48, 3), dtype=np.uint8)) for _ in range(3)]
    several = {"save_all": True, "append_images": frames[1:]}
    animated = {
        f"animated.{kind.lower()}": encoded(frames[0], kind, **several) for kind in ("GIF", "WEBP", "PNG", "TIFF")
    }
    return {
        **NO_IMAGES,
        **animated,
        "small.png": encoded(COLOUR.resize((31, 40)), "PNG"),
        "float.tif": encoded(Image.new("F", (40, 40)), "TIFF"),
        "integers.tif": encoded(Image.new("I", (40, 40)), "TIFF"),
        "bomb.png": claiming_png(60_000, 60_000),
        "wide.png": claiming_png(2_000_000, 40),
        "few.png": claiming_png(40, 40),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "images"
    written = {f"good/{name}": encoded(COLOUR, "JPEG") for name in ODD_NAMES}
    written |= {f"noted/{name}": content for name, (content, _) in noted().items()}
    written |= {f"rejected/{name}": content for name, content in rejected().items()}
    written |= {f"truncated/{name}": content for name, content in truncated()}
    written |= {f"flipped/{name}": content for name, content in flipped()}
    written["a folder.jpg/inside.jpg"] = encoded(COLOUR, "JPEG")
    for name, content in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    Path(os.fsdecode(os.fsencode(folder) + b"/good/\xff\xfe.jpg")).write_bytes(encoded(COLOUR, "JPEG"))
    os.mkfifo(folder / "rejected/pipe.jpg")
    (folder / "rejected/dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "rejected/itself.jpg").symlink_to("itself.jpg")
    (folder / "good/up").symlink_to(folder)
    (folder / "closed").mkdir()
    (folder / "closed/a.jpg").write_bytes(b"1")
    return folder


@pytest.fixture(scope="module")
def tables(folder, tmp_path_factory) -> dict[str, pd.DataFrame]:
    """What is written for the folder, read again from CSV."""
    place = tmp_path_factory.mktemp("out")
    scan = os.scandir

    # Root can read every folder.
    def refusing(path):
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", refusing)
        files = list_images(folder)
    settings = FolderSettings(batch_size=7, part=20, limits=Limits(maximum_pixels=1_000_000))
    signal.alarm(300)  # a pipe that is opened waits for ever
    try:
        results = predict_folder(
            FakeCascade(fake_bundle(place / "b")), folder, files, Places(place, place / "w"), settings, ""
        )
    finally:
        signal.alarm(0)
    write_tables(*results, place)
    return {name: pd.read_csv(place / f"{name}.csv", keep_default_na=False) for name in ("predictions", "rejected")}


def under(table: pd.DataFrame, folder: str) -> set[str]:
    return {image.removeprefix(f"{folder}/") for image in table["image"] if image.startswith(f"{folder}/")}


def test_every_file_is_named_once_and_nothing_else(folder, tables):
    written = {os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace") for path in folder.rglob("*")}
    folders = {"good", "noted", "rejected", "truncated", "flipped", "a folder.jpg", "good/up", "closed/a.jpg"}
    named = [*tables["predictions"]["image"], *tables["rejected"]["image"]]
    assert len(written - folders) > 200
    assert sorted(named) == sorted(written - folders)
    assert tables["predictions"]["name"].is_unique


def test_odd_names_are_predicted_and_survive_the_table(tables):
    assert under(tables["predictions"], "good") == {*ODD_NAMES, "\\xff\\xfe.jpg"}
    assert under(tables["predictions"], "a folder.jpg") == {"inside.jpg"}


def test_what_is_changed_or_ignored_is_noted(tables):
    notes = tables["predictions"].set_index("image")["notes"]
    assert under(tables["predictions"], "noted") == set(noted())
    assert {name: part for name, (_, part) in noted().items() if part not in notes[f"noted/{name}"]} == {}
    assert set(notes[[f"good/{name}" for name in ODD_NAMES]]) == {""}


def test_what_cannot_be_predicted_is_rejected_with_advice(tables):
    assert under(tables["rejected"], "rejected") == {*rejected(), "pipe.jpg", "dangling.jpg", "itself.jpg"}
    assert under(tables["rejected"], "truncated") == {name for name, _ in truncated()}
    reasons = tables["rejected"].set_index("image")["reason"]
    assert reasons["closed"] == "this folder cannot be listed (Permission denied)"
    assert reasons["rejected/bomb.png"] == "too large: 60000x60000 pixels, expected up to 1,000,000 in all"
    assert (tables["rejected"][["reason", "advice"]] != "").all(axis=None)
