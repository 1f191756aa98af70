"""Recognition of new images that a bundle's study has: the same file, a copy, or another image of the same lesion."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from selcn.data.duplicates.keypoints import find_keypoints
from selcn.prediction.bundle import Bundle
from selcn.prediction.known_copies import COARSE, HASH, Traits
from selcn.prediction.known_features import KnownFeatures
from selcn.prediction.result import KnownImage
from selcn.storage.artifacts import read_table

KNOWN, FILES, FEATURES = "known.parquet", "known.json", "known-features.safetensors"
"""A bundle's files of the study's images, and of their local features."""

SAME, COPY, REPHOTOGRAPH = "same", "copy", "rephotograph"


@dataclass(frozen=True)
class KnownImages:
    """The study's images of a bundle, as far as it takes to recognise them.

    Attributes
    ----------
    images
        N rows; columns image_id, dataset, sha256, lesion, segmentation_fold, symmetry_fold, trained_on.
    traits
        What copies of them share.
    features
        Local features, which re-photographs of them share; None in a bundle without.
    distance
        Maximum number of differing bits of a copy's hash.
    certain
        Minimum number of local features by which a re-photograph is recognised.
    """

    images: pd.DataFrame
    traits: Traits
    features: KnownFeatures | None
    distance: int
    certain: int
    _rows: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Of equal files the first.
        rows = {sha256: row for row, sha256 in reversed(list(enumerate(self.images["sha256"])))}
        object.__setattr__(self, "_rows", rows)

    @classmethod
    def load(cls, bundle: Bundle) -> "KnownImages":
        """Read those of a bundle."""
        told = bundle.metadata["known"]
        table = read_table(bundle.path(KNOWN))
        traits = Traits(_arrays(table.pop("hash"), np.uint64, HASH), _arrays(table.pop("coarse"), np.int8, COARSE))
        features = KnownFeatures.load(bundle.path(FEATURES)) if told["rephotographs"] else None
        return cls(table, traits, features, told["distance"], told["certain"])

    def find(self, sha256: str, image: np.ndarray, packed: np.ndarray) -> KnownImage | None:
        """Return the study's image that a new one is, is a copy of, or shows the lesion of; safe in several threads.

        Parameters
        ----------
        sha256
            SHA-256 of its file.
        image
            uint8 (H, W, 3) RGB, as it was read.
        packed
            uint8 (S, S, 3) RGB: without hair, packed as the study's.
        """
        row = self._rows.get(sha256)
        if row is not None:
            return self._known(row, SAME)
        row = self.traits.nearest_copy(Traits.of(packed[None]), self.distance)
        if row is not None:
            return self._known(row, COPY)
        if self.features is not None:
            row, inliers = self.features.most_alike(find_keypoints(image))
            if inliers >= self.certain:
                return self._known(row, REPHOTOGRAPH)
        return None

    def _known(self, row: int, kind: str) -> KnownImage:
        image = self.images.iloc[row]
        return KnownImage(
            image_id=image["image_id"],
            dataset=image["dataset"],
            kind=kind,
            trained_on=bool(image["trained_on"]),
            segmentation_fold=int(image["segmentation_fold"]),
            symmetry_fold=int(image["symmetry_fold"]),
        )


def _arrays(column: pd.Series, dtype: type, shape: tuple[int, ...]) -> np.ndarray:
    """Return the arrays that a column has as bytes, (N, *shape)."""
    return np.frombuffer(b"".join(column), dtype).reshape(-1, *shape)
