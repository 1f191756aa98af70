"""Sheets of single images: every stage of one image, for the browser to put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from selcn.data.images import read_image
from selcn.data.packing import PackSettings, pack_mask
from selcn.design.datasets import DATASETS
from selcn.report.viewer_data.outlines import outline_of
from selcn.report.viewer_data.protocol_sheets import ProtocolSheets
from selcn.report.viewer_data.thumbnails import data_uri, thumbnail_of


@dataclass(frozen=True)
class DatasetSheets:
    """The sheets of one data set's images.

    Attributes
    ----------
    index, hair
        Index and manifest of hair removal, by image_id.
    hair_folder
        The folder that the latter's paths are below.
    pairs
        Near-duplicates of each image: data sets and ids.
    packing
        How images are made square, and to what side.
    photographs
        Whether sheets have thumbnails.
    protocols
        Results of each protocol.
    """

    dataset: str
    index: pd.DataFrame
    hair: pd.DataFrame
    hair_folder: Path
    pairs: Mapping[str, Sequence[tuple[str, str]]]
    packing: PackSettings
    photographs: bool
    protocols: Mapping[str, ProtocolSheets]

    def sheet(self, image_id: str) -> dict:
        """Return the sheet of one image; only its files are opened."""
        row = self.index.loc[image_id]
        truth = self._truth(row)
        return {
            "dataset": self.dataset,
            "image_id": image_id,
            "label": row["label"],
            "lesion": row["lesion_id"],
            "size": [int(row["width"]), int(row["height"])],
            "facts": self.facts(image_id),
            "aspect": round(row["width"] / row["height"], 3) if self.packing.fit == "stretch" else 1,
            **(self._photographs(image_id, row) if self.photographs else {}),
            "truth": None if truth is None else outline_of(truth),
            "protocols": {name: results.entry(image_id, truth) for name, results in self.protocols.items()},
        }

    def facts(self, image_id: str) -> list[list[str]]:
        """Return what is known of an image: names and values."""
        row = self.index.loc[image_id]
        known = {
            "Age": f"{row['age']:.0f}" if pd.notna(row["age"]) else None,
            **{name: row[name.lower()] for name in ("Sex", "Site", "Source")},
            "Lesion": None if row["lesion_id"] == image_id else row["lesion_id"],
            "Hair": f"{100 * self.hair.loc[image_id, 'hair_share']:.1f} % of the pixels",
            "Near-duplicates": ", ".join(
                f"{other} ({DATASETS[place]})" for place, other in self.pairs.get(image_id, [])
            )
            or None,
        }
        return [[name, value] for name, value in known.items() if pd.notna(value)]

    def _truth(self, row: pd.Series) -> np.ndarray | None:
        if pd.isna(row["mask_path"]):
            return None
        return pack_mask(read_image(row["mask_path"], row["mask_sha256"])[..., 0] > 0, self.packing)

    def _photographs(self, image_id: str, row: pd.Series) -> dict[str, str]:
        clean = self.hair.loc[image_id]
        files = {
            "original": (row["path"], row["sha256"]),
            "hairless": (self.hair_folder / clean["path"], clean["sha256"]),
        }
        return {name: data_uri(thumbnail_of(read_image(*file), self.packing.fit)) for name, file in files.items()}


def pairs_of(pairs: pd.DataFrame, dataset: str) -> dict[str, list[tuple[str, str]]]:
    """Return the near-duplicates of each image of a data set, the nearest first: data sets and ids."""
    found: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs.itertuples():
        sides = [(pair.dataset_a, pair.image_id_a), (pair.dataset_b, pair.image_id_b)]
        for (place, image_id), other in (sides, sides[::-1]):
            if place == dataset:
                found.setdefault(image_id, []).append(other)
    return found
