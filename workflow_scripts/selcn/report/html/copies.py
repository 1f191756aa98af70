"""Copies of tables and figures beside the page, which is moved with them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2

from selcn.storage.artifacts import replacing
from selcn.storage.checksums import FOLDER, forget

QUALITY = 75
"""Of figures copied as WebP, 1 to 100: a quarter of their size as PNG, with hardly a difference to see."""


def copy_all(sources: Sequence[str], copies: Sequence[str], folder: str | Path) -> dict[str, str]:
    """Copy files into a folder of the report, PNG figures as WebP, and remove what else is in it.

    Copies of a former configuration, such as figures with images of the data sets, would be passed on with the report.

    Parameters
    ----------
    copies
        A path in the folder for each source.

    Returns
    -------
    dict
        The address of each copy in the page, by the source's path under results/.
    """
    _remove_others(Path(folder), set(map(Path, copies)))
    for source, copy in zip(sources, copies, strict=True):
        with replacing(copy) as temporary:
            if Path(copy).suffix == ".webp":
                cv2.imwrite(str(temporary), cv2.imread(source), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
            else:
                shutil.copyfile(source, temporary)
    pairs = zip(sources, copies, strict=True)
    return {source.removeprefix("results/"): copy.removeprefix("results/report/") for source, copy in pairs}


def _remove_others(folder: Path, copies: set[Path]) -> None:
    """Remove the files of a folder that are no copies, and their checksums."""
    for path in folder.rglob("*"):
        if path.is_file() and path not in copies and path.parent.name != FOLDER:
            forget(path)
            path.unlink()
