"""Builders of the layouts in which people keep the four data sets, each on three or four small images."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from native_layouts import (
    HAM_ROWS,
    add_isic2019_test,
    make_ham10000,
    make_isic2016,
    make_isic2019,
    make_symderm,
    mask_array,
    photo,
    save,
)

Builder = Callable[[Path], object]
IMAGES = ("HAM10000_images_part_1", "HAM10000_images_part_2")
IDS = [image for _, image, _ in HAM_ROWS]


def ham10000(*changes: Builder) -> Builder:
    """Return a builder of HAM10000 as on Dataverse, unpacked, with changes to it."""
    return _changed(lambda root: make_ham10000(root, HAM_ROWS), changes)


def isic2019(*changes: Builder) -> Builder:
    """Return a builder of ISIC 2019's training part, with changes to it."""
    rows = [("ISIC_1", "NV"), ("ISIC_2_downsampled", "MEL"), ("ISIC_3", "SCC")]
    return _changed(lambda root: make_isic2019(root, rows, {"ISIC_1": "BCN_1"}), changes)


def isic2016(train: str, test: str | None, *changes: Builder) -> Builder:
    """Return a builder of ISIC 2016's part 3 from the texts of its tables, with changes to it."""
    return _changed(lambda root: make_isic2016(root, train, test), changes)


def symderm(*changes: Builder) -> Builder:
    """Return a builder of SymDerm's labels, with changes to it."""
    rows = [("ISIC_0000001.jpg", "0"), ("IMD003.bmp", "2"), ("D53_orig.jpg", "1")]
    return _changed(lambda root: make_symderm(root, rows), changes)


def _changed(build: Builder, changes: Sequence[Builder]) -> Builder:
    def make(root: Path) -> None:
        build(root)
        for change in changes:
            change(root)

    return make


# --- changes


def moved(what: str, to: str) -> Builder:
    """Return a change that moves every file that a pattern names, with its name and number filled in."""

    def change(root: Path) -> None:
        for number, path in enumerate(sorted(root.glob(what))):
            target = root / to.format(name=path.name, stem=path.stem, id=path.stem.split("_seg")[0], n=number)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)

    return change


def copied(what: str, to: str) -> Builder:
    """Return a change that copies a file or folder."""

    def change(root: Path) -> None:
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (root / what).is_dir() else shutil.copyfile)(root / what, root / to)

    return change


def removed(what: str) -> Builder:
    """Return a change that removes every file that a pattern names."""

    def change(root: Path) -> None:
        for path in sorted(root.glob(what)):
            path.unlink()

    return change


def rewritten(table: str, edit: Callable[[str], str], encoding: str = "utf-8") -> Builder:
    """Return a change of a table's text."""

    def change(root: Path) -> None:
        path = root / table
        path.write_bytes(edit(path.read_text(encoding="utf-8")).encode(encoding))

    return change


def written(path: str, text: str) -> Builder:
    """Return a change that writes a text file."""
    return lambda root: (root / path).write_text(text)


def converted(what: str, suffix: str) -> Builder:
    """Return a change that writes images in another format in their own place."""

    def change(root: Path) -> None:
        for path in sorted(root.glob(what)):
            with Image.open(path) as image:
                image.save(path.with_suffix(suffix))
            path.unlink()

    return change


def drawn(path: str, pixels: Image.Image | np.ndarray | None = None) -> Builder:
    """Return a change that writes an image."""
    return lambda root: save(photo(7) if pixels is None else pixels, root / path)


def outlines(suffix: str, *ids: str) -> Builder:
    """Return a change that writes masks under a folder that does not tell what they are."""

    def change(root: Path) -> None:
        for image in ids:
            save(mask_array(), root / "outlines" / f"{image}{suffix}")

    return change


def with_test_part(*changes: Builder) -> Builder:
    """Return a change that adds ISIC 2019's official test part, and changes to it."""
    return _changed(lambda root: add_isic2019_test(root, [("ISIC_8", "MEL"), ("ISIC_9", "UNK")]), changes)


def anti_aliased() -> np.ndarray:
    """Return a mask with a grey border."""
    array = mask_array()
    array[5, 8:30] = 120
    return array
