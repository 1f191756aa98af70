"""Samples: images in their variants, and where each lies among the packed images."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from selcn.data.splits.folds import SEARCH, test_rows, training_rows, validation_rows
from selcn.data.variants import VARIANTS
from selcn.training.fit import batches


@dataclass(frozen=True)
class Samples:
    """Samples, each a variant of an image, and their rows in the packed arrays.

    Attributes
    ----------
    table
        image_id, variant, label, subset; one row per sample.
    rows, variants
        Packed row, and index into `VARIANTS`, of each sample, (n,) int64, on the CPU or a GPU.
    """

    table: pd.DataFrame
    rows: torch.Tensor
    variants: torch.Tensor

    @classmethod
    def locate(cls, table: pd.DataFrame, packed_rows: pd.DataFrame) -> "Samples":
        """Return the samples of a table (columns as `table` above), located in the packed arrays.

        Raises
        ------
        ValueError
            An image is not packed, or a variant is unknown.
        """
        rows = pd.Index(packed_rows["image_id"]).get_indexer(table["image_id"])
        if (rows < 0).any():
            missing = table["image_id"].to_numpy()[rows < 0][0]
            raise ValueError(f"{missing} is in the splits but not packed; run the same command again to pack it")
        variants = pd.Index(VARIANTS).get_indexer(table["variant"])
        if (variants < 0).any():
            unknown = table["variant"].to_numpy()[variants < 0][0]
            raise ValueError(f"unknown variant {unknown!r} in the splits; expected one of {', '.join(VARIANTS)}")
        return cls(table.reset_index(drop=True), torch.from_numpy(rows), torch.from_numpy(variants))

    def on(self, device: torch.device) -> "Samples":
        """Return the same samples with their rows and variants on a device."""
        return replace(self, rows=self.rows.to(device), variants=self.variants.to(device))

    def numbers(self, subset: str) -> torch.Tensor:
        """Return the sample numbers of a subset, (n,), on the samples' device."""
        return torch.from_numpy(np.flatnonzero(self.table["subset"] == subset)).to(self.rows.device)

    def batches(self, size: int) -> Iterable[torch.Tensor]:
        """Return the numbers of all samples, in batches, on the CPU."""
        return batches(torch.arange(len(self.table)), size)


def fold_samples(splits: pd.DataFrame, fold: int, packed_rows: pd.DataFrame) -> Samples:
    """Return the samples of one fold: subsets train, validation and test."""
    subsets = {"train": training_rows(splits, fold), "validation": validation_rows(splits, fold)}
    return _samples_of(subsets | {"test": test_rows(splits)}, packed_rows)


def search_samples(splits: pd.DataFrame, packed_rows: pd.DataFrame) -> Samples:
    """Return the samples of a hyper-parameter search: subsets train and validation, without the test set."""
    subsets = {"train": training_rows(splits, 0, SEARCH), "validation": validation_rows(splits, 0, SEARCH)}
    return _samples_of(subsets, packed_rows)


def _samples_of(subsets: dict[str, pd.DataFrame], packed_rows: pd.DataFrame) -> Samples:
    table = pd.concat([rows.assign(subset=name) for name, rows in subsets.items()])
    return Samples.locate(table[["image_id", "variant", "label", "subset"]], packed_rows)


def stage_samples(splits: pd.DataFrame, packed_rows: pd.DataFrame) -> Samples:
    """Return every (image, variant) used by any stage: all rows of the splits, and the originals of all images."""
    originals = packed_rows[["image_id", "label"]].assign(variant="original")
    table = pd.concat([splits[["image_id", "variant", "label"]], originals]).drop_duplicates(["image_id", "variant"])
    return Samples.locate(table.sort_values(["image_id", "variant"]).assign(subset="all"), packed_rows)
