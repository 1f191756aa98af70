"""Checksums of a study's data: enough to find out whether somebody else's data are the same."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from selcn.design.datasets import DATASETS
from selcn.storage.artifacts import read_json, read_table, sha256_of


def checksum_of(ids: pd.Series, sha256: pd.Series) -> str | None:
    """Return the SHA-256 of the lines `<sha256>  <image_id>`, by image id, each ended by a newline.

    It is also that of `sha256sum`'s list where files are named by their ids alone. None without any file.

    Parameters
    ----------
    ids, sha256
        Of one image or mask a row; a row without a file has no sha256.
    """
    of_files = sha256.notna()
    lines = sorted(zip(ids[of_files], sha256[of_files], strict=True))
    text = "".join(f"{digest}  {image_id}\n" for image_id, digest in lines)
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def data_of(dataset: str, index: str | Path, summary: str | Path, label_tables: Iterable[str | Path]) -> Mapping:
    """Return one data set's entry of the record (`selcn.report.run.record`)."""
    table, counts = read_table(index), read_json(summary)
    return {
        "name": DATASETS[dataset],
        "images": len(table),
        "masks": int(table["mask_sha256"].notna().sum()),
        "rejected": counts["rejected"],
        "images_sha256": checksum_of(table["image_id"], table["sha256"]),
        "masks_sha256": checksum_of(table["image_id"], table["mask_sha256"]),
        "label_tables": {Path(path).name: sha256_of(path) for path in label_tables},
    }
