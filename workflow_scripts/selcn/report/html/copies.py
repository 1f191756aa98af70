"""Copies of tables and figures beside the page, which is moved with them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2

from selcn.storage.artifacts import replacing

QUALITY = 88
"""Of figures copied as WebP, 1 to 100: a third of their size as PNG, with no difference to see."""


def copy_all(sources: Sequence[str], copies: Sequence[str]) -> dict[str, str]:
    """Copy files below the report's folder, PNG figures as WebP.

    Returns
    -------
    dict
        The address of each copy in the page, by the source's path under results/.
    """
    for source, copy in zip(sources, copies, strict=True):
        with replacing(copy) as temporary:
            if Path(copy).suffix == ".webp":
                cv2.imwrite(str(temporary), cv2.imread(source), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
            else:
                shutil.copyfile(source, temporary)
    pairs = zip(sources, copies, strict=True)
    return {source.removeprefix("results/"): copy.removeprefix("results/report/") for source, copy in pairs}
