"""Files of a study of many cells, whose networks recognise known shares of the images, as the rules' scripts read them.

Which images a network recognises depends on how hard an image is for all of them, and on the network's own luck; a
lesion's images are of one class. Nothing else is in it: see simulated_studies.py for studies whose errors go together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from selcn.design.trained_networks import TrainedNetwork
from selcn.storage.artifacts import write_table

CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


@dataclass(frozen=True)
class Images:
    """Images of a data set: ids (N,), codes of lesions and of labels (N,), and how hard each is, 0..1."""

    dataset: str
    image_id: np.ndarray
    lesion: np.ndarray
    label: np.ndarray
    hardness: np.ndarray

    @classmethod
    def drawn(cls, dataset: str, lesions: int, images: int, generator: np.random.Generator) -> "Images":
        """Draw images, at least one a lesion."""
        extra = generator.integers(0, lesions, images - lesions)
        lesion = np.sort(np.concatenate([np.arange(lesions), extra]))
        label = generator.choice(len(CLASSES), lesions)[lesion]
        names = np.array([f"{dataset}_{number:05d}" for number in range(images)])
        return cls(dataset, names, lesion, label, generator.random(images))

    def groups(self) -> pd.DataFrame:
        """Return the rows of groups.parquet."""
        first = pd.Series(self.image_id).groupby(self.lesion).transform("min")
        return pd.DataFrame({"dataset": self.dataset, "image_id": self.image_id, "group": first})

    def predicted(self, recognised: float, generator: np.random.Generator) -> pd.DataFrame:
        """Return predictions of a network that recognises such a share of images: the hard ones rarely."""
        own = 0.7 * self.hardness + 0.3 * generator.random(len(self.label))
        right = own < np.quantile(own, recognised)
        wrong = (self.label + generator.integers(1, len(CLASSES), len(self.label))) % len(CLASSES)
        probabilities = generator.dirichlet(np.ones(len(CLASSES)), len(self.label))
        # More than all the others together, so that it is the largest.
        probabilities[np.arange(len(self.label)), np.where(right, self.label, wrong)] += 1
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        columns = {f"prob_{name}": probabilities[:, k].astype(np.float32) for k, name in enumerate(CLASSES)}
        label = np.array(CLASSES)[self.label]
        return pd.DataFrame({"image_id": self.image_id, "variant": "original", "label": label, **columns})

    def localised(self, iou: float, generator: np.random.Generator, empty: float = 0) -> pd.DataFrame:
        """Return scores of maps, some of them empty, the others with such an IoU; the first mask is empty."""
        count = len(self.image_id)
        values = np.clip(iou + 0.2 * (self.hardness - 0.5) + 0.05 * generator.standard_normal(count), 0, 1)
        hit = generator.random(count) < 0.8
        is_empty = generator.random(count) < empty
        overlap, values, hit = np.where(is_empty, np.nan, values), np.where(is_empty, 0, values), hit & ~is_empty
        scores = {"iou": values, "overlap": overlap, "hit": hit, "hit_undilated": hit, "empty_cam": is_empty}
        table = pd.DataFrame({"image_id": self.image_id, **scores, "empty_mask": np.arange(count) == 0})
        return table.assign(
            iou=table["iou"].mask(table["empty_mask"]), overlap=table["overlap"].mask(table["empty_mask"])
        )


def networks_of(
    cells: Iterable[str], seeds: Mapping[str, Sequence[int]] | None, folds: int, stage: str = "lesion"
) -> list[TrainedNetwork]:
    """Return the networks of `write_predictions`, in its order."""
    dataset = "ham10000" if stage == "lesion" else "symderm"
    return [
        TrainedNetwork(stage, dataset, cell, fold, seed)
        for cell in cells
        for seed in ([0] if seeds is None else seeds[cell])
        for fold in range(folds)
    ]


def write_predictions(
    folder: Path,
    images: Images,
    recognised: Mapping[str, float],
    seeds: Mapping[str, Sequence[int]] | None,
    folds: int,
    generator: np.random.Generator,
    name: str = "test",
) -> list[Path]:
    """Write the predictions of every network of some cells; without seeds in their paths where there are none."""
    paths = []
    for cell, share in recognised.items():
        for seed in [""] if seeds is None else [f"seed-{seed}" for seed in seeds[cell]]:
            for fold in range(folds):
                path = folder / cell / seed / f"fold-{fold}" / "predictions" / f"{name}.parquet"
                write_table(images.predicted(share, generator), path)
                paths.append(path)
    return paths


def write_localisation(
    folder: Path,
    images: Images,
    iou: Mapping[str, float],
    generator: np.random.Generator,
    empty: Mapping[str, float] | None = None,
) -> list[Path]:
    """Write where the maps of some cells lie, and shares of them that are empty."""
    paths = []
    for cell, mean in iou.items():
        paths.append(folder / cell / "localisation.parquet")
        write_table(images.localised(mean, generator, (empty or {}).get(cell, 0)), paths[-1])
    return paths
