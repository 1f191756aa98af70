"""Uses of trained models: the images that each was applied to, and those that it was trained on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from selcn.design.cam_sources import MADE_UP, SHAMS
from selcn.evaluation.leakage import ModelUse
from selcn.storage.artifacts import read_arrow, read_json, read_table


class LeakError(RuntimeError):
    """The leakfree protocol leaks."""


def ids_of(path: Path) -> pd.Series:
    """Return the image ids of a table."""
    return read_arrow(path).column("image_id").to_pandas().astype(str)


def fold_of(path: Path) -> int:
    """Return the fold that a file is of."""
    return int(re.findall(r"/fold-(\d+)/", path.as_posix())[0])


class Trained:
    """The ids that every model was trained on, by its folder."""

    def __init__(self, paths: list[str]) -> None:
        self._ids = {Path(path).parent: ids_of(Path(path)).drop_duplicates() for path in paths}

    def of(self, folder: Path, fold: int) -> pd.Series:
        """Return what the model of a fold saw; fold -1 stands for those of all folds together."""
        if fold >= 0:
            return self._ids[folder / f"fold-{fold}"]
        return pd.concat([ids for place, ids in self._ids.items() if place.parent == folder])

    def seed_of(self, cell: Path) -> Path:
        """Return the folder of the first seed of a lesion cell, whose networks its CAMs are of."""
        return next(place.parent for place in self._ids if place.parents[1] == cell)


def by_model(path: Path, trained: Trained, folder: Path) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Yield, for each fold's model, the images of a manifest that it was applied to and what it was trained on."""
    table = read_arrow(path).select(["image_id", "fold"]).to_pandas().drop_duplicates()
    for fold, rows in table.groupby("fold"):
        yield rows["image_id"].reset_index(drop=True), trained.of(folder, int(fold))


def applications(inputs, protocol: str) -> Iterator[ModelUse]:
    """Yield every use of every model of a protocol."""
    results, trained = Path("results") / protocol, Trained(inputs.trained)
    segmentation = results / "segmentation" / read_json(inputs.selected)["architecture"]
    for path in map(Path, inputs.masks):
        for ids, seen in by_model(path, trained, segmentation):
            yield ModelUse("mask", "ham10000", path.parent.name, ids, seen)
    for path in map(Path, inputs.counts):
        for subset, rows in read_table(path).groupby("subset"):
            seen = trained.of(path.parents[1], fold_of(path))
            yield ModelUse("segmentation scores", "ham10000", subset, rows["image_id"].reset_index(drop=True), seen)
    for path in map(Path, inputs.cams):
        dataset, source = path.parts[-3:-1]
        if source in MADE_UP:
            continue
        makers = {"mask": segmentation, "shuffled": results / "symmetry" / "none"}
        artifact = f"sham: {source}" if source in SHAMS else "symmetry CAM"
        for ids, seen in by_model(path, trained, makers.get(source, results / "symmetry" / source)):
            yield ModelUse(artifact, "ham10000" if source == "mask" else "symderm", dataset, ids, seen)
    for path in map(Path, inputs.lesion_cams):
        for ids, seen in by_model(path, trained, trained.seed_of(path.parent)):
            yield ModelUse("lesion CAM", path.parents[1].name, "ham10000", ids, seen)
    for path in map(Path, inputs.predictions):
        model = path.parents[1]
        network = {"symmetry": "symmetry", "backbones": "backbone", "lesion": "lesion"}[model.parts[2]]
        dataset = model.parts[3] if network == "lesion" else "symderm"
        seen = trained.of(model.parent, fold_of(path))
        yield ModelUse(f"{network} prediction", dataset, path.stem, ids_of(path), seen)
