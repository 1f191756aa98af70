"""Damaged images, masks and label tables, each drawn from a random generator."""

import os
import socket
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from native_layouts import mask_array, photo

FORMATS = ("JPEG", "PNG", "BMP")
FOREIGN = ("GIF", "TIFF", "WEBP", "ICO", "PPM", "JPEG2000")
BAD_IDS = (
    *("", ".", "..", "../up", "../../etc/passwd", "/etc/passwd", "a/b", "a\\b", "C:\\x", ".hidden", "-rf", "~root"),
    *("a b", "a\tb", "a\0b", "\x1b[31m", "a\x7f", "$(reboot)", "`id`", "a;b", "a|b", "*", "{image_id}", "%s", "NaN"),
    *("ISIC_000000\u0661", "\u0406SIC_0000001", "ISIC\u200b_1", "ISIC\u202e1", "e\u0301", "\U0001f600", "a" * 10_000),
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-8-sig", "utf-7")


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    """Return an image as a file of a format."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def whole_image(rng: np.random.Generator) -> bytes:
    """Return a good image in one of the formats that are read, in one of their variants."""
    kind = FORMATS[rng.integers(3)]
    options = {"JPEG": {"progressive": bool(rng.integers(2)), "quality": int(rng.integers(20, 96))}}.get(kind, {})
    return encoded(photo(int(rng.integers(100))), kind, **options)


def whole_mask(rng: np.random.Generator) -> bytes:
    """Return a good mask."""
    mask = Image.fromarray(mask_array()).convert(("1", "L", "RGB", "P")[rng.integers(4)])
    return encoded(mask, "PNG")


def flipped(content: bytes, rng: np.random.Generator, most: int = 20) -> bytes:
    """Return bytes with some of them changed, more often near the beginning, where headers are."""
    data = bytearray(content)
    if data:
        reach = len(data) if rng.integers(2) else min(len(data), 200)
        for place in rng.integers(reach, size=rng.integers(1, most)):
            data[place] ^= int(rng.integers(1, 256))
    return bytes(data)


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes without their end, their beginning, or a block of their middle."""
    first, last = sorted(rng.integers(len(content) + 1, size=2).tolist())
    return (content[:first], content[last:], content[:first] + content[last:])[rng.integers(3)]


def inserted(content: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with a block put in: noise, zeros or a part of themselves."""
    place, size = int(rng.integers(len(content) + 1)), int(rng.integers(1, 400))
    block = (rng.bytes(size), bytes(size), content[:size])[rng.integers(3)]
    return content[:place] + block + content[place:]


def claiming(content: bytes, rng: np.random.Generator) -> bytes:
    """Return an image whose header claims another size, mostly a huge one."""
    width, height = (int(value) for value in rng.choice([0, 1, 36, 65_535, 100_000, 2**31 - 1, 2**32 - 1], 2))
    if content.startswith(b"\x89PNG"):
        return content[:16] + struct.pack(">II", width, height) + content[24:]
    if content.startswith(b"BM"):
        return content[:18] + struct.pack("<II", width, height) + content[26:]
    frame = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    return content[: frame + 5] + struct.pack(">HH", height % 65_536, width % 65_536) + content[frame + 9 :]


def joined(content: bytes, rng: np.random.Generator) -> bytes:
    """Return two files one after the other."""
    return content + (content, whole_image(rng), whole_mask(rng))[rng.integers(3)]


def foreign(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file of another kind, as it may lie under an image's name."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("image.jpg", content)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><rect width='9' height='9'/></svg>"
    others = [encoded(photo(), kind) for kind in FOREIGN] + [archive.getvalue(), svg, b"", b"\0" * 300, rng.bytes(300)]
    return others[rng.integers(len(others))]


def damaged_image(content: bytes, rng: np.random.Generator) -> bytes:
    """Return an image or mask damaged in one way, at times in two."""
    ways = (flipped, flipped, cut, inserted, claiming, joined, foreign)
    for _ in range(rng.integers(1, 3)):
        content = ways[rng.integers(len(ways))](content, rng) if content else content
    return content


def put_no_file(path: Path, rng: np.random.Generator) -> None:
    """Put something that is no regular file in a file's place: reading some of these would never end."""
    path.unlink(missing_ok=True)
    kind = int(rng.integers(7))
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.mkdir()
    elif kind == 2:
        path.symlink_to(path.name)
    elif kind == 3:
        path.symlink_to("/dev/zero")
    elif kind == 4:
        path.symlink_to("nowhere")
    elif kind == 5:
        with open(path, "wb") as file:
            file.truncate(2**40)
    else:
        with socket.socket(socket.AF_UNIX) as bound:
            folder = os.open(path.parent, os.O_RDONLY)
            bound.bind(f"/proc/self/fd/{folder}/{path.name}")
            os.close(folder)


def damaged_table(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a label table damaged in one way."""
    ways = (flipped, cut, inserted, reencoded, with_bad_ids, with_other_cells, with_other_columns, with_odd_rows)
    return ways[rng.integers(len(ways))](content, rng)


def reencoded(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a table in another encoding, with a letter in it that tells them apart."""
    return content.decode().replace("I", "\xce", 1).encode(ENCODINGS[rng.integers(len(ENCODINGS))], "replace")


def _cells(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()]


def _table(cells: list[list[str]], end: str = "\n") -> bytes:
    return (end.join(",".join(row) for row in cells) + end).encode()


def with_bad_ids(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a table in which ids, of images or lesions, are none, or are given twice."""
    cells = _cells(content)
    for row in rng.integers(1, len(cells), 2):
        column = rng.integers(min(2, len(cells[row])))
        cells[row][column] = (*BAD_IDS, cells[-1][column])[rng.integers(len(BAD_IDS) + 1)]
    return _table(cells)


def with_other_cells(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a table in which some cells hold what is no label."""
    cells = _cells(content)
    values = ("", "NaN", "nan", "None", "inf", "-1", "1e400", "9" * 400, "0x1", "True", "1.0.0", "1" + "0" * 9_999)
    odd = (*values, '"', '""', '"a\nb"', '"nv', "\0", "\r", " nv ", "=cmd()", "\ufeff", "\u2028")
    for _ in range(rng.integers(1, 4)):
        row = cells[rng.integers(len(cells))]
        row[rng.integers(len(row))] = odd[rng.integers(len(odd))]
    return _table(cells)


def with_other_columns(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a table with a column less, one twice, all in another order, or another separator."""
    cells, way = _cells(content), int(rng.integers(4))
    chosen = int(rng.integers(len(cells[0])))
    if way == 0:
        return _table([row[:chosen] + row[chosen + 1 :] for row in cells])
    if way == 1:
        return _table([[*row, row[chosen]] for row in cells])
    if way == 2:
        order = rng.permutation(len(cells[0]))
        return _table([[row[place] for place in order] for row in cells])
    return content.replace(b",", (b";", b"\t", b" ", b"|")[rng.integers(4)])


def with_odd_rows(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a table with rows missing, empty, twice, too long or too short, or with other ends of lines."""
    cells, row = _cells(content), int(rng.integers(len(_cells(content))))
    more = ([], [""], cells[row], [*cells[row], "more", "more"], cells[row][:1], ["x" * 100_000])
    changed = cells[:row] + [more[rng.integers(len(more))]] * int(rng.integers(4)) + cells[row + 1 :]
    return _table(changed[: rng.integers(len(changed) + 1)], ("\n", "\r\n", "\r", "\n\n")[rng.integers(4)])
