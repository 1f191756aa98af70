"""Contact sheet of the demo's HAM10000, one row per diagnosis."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from selcn.demo.native_ham10000 import ham10000_path
from selcn.demo.settings import DIAGNOSES
from selcn.storage.artifacts import replacing

GAP = 2


def contact_sheet(folder: Path, path: Path, per_class: int = 9) -> None:
    """Write one PNG of the first images of each diagnosis.

    Parameters
    ----------
    folder
        A folder written by `generate_demo_data`.
    path
        The sheet's file.
    per_class
        Images per row.
    """
    metadata = pd.read_csv(Path(folder) / "ham10000" / "HAM10000_metadata.csv").sort_values("image_id")
    rows = []
    for diagnosis in DIAGNOSES:
        names = metadata.image_id[metadata.dx == diagnosis].head(per_class)
        images = [cv2.imread(str(Path(folder) / ham10000_path(name))) for name in names]
        images += [np.zeros_like(images[0])] * (per_class - len(images))
        rows.append(np.hstack([cv2.copyMakeBorder(image, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT) for image in images]))
    with replacing(path) as temporary:
        if not cv2.imwrite(str(temporary), np.vstack(rows)):
            raise OSError(f"{path}: not written; check the folder's free space and permissions")
