"""A job that trains every fold, each resumable by itself."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from selcn.storage.artifacts import read_table
from selcn.training.classification import classification_task
from selcn.training.cross_validation import train_folds
from selcn.training.samples import Samples
from selcn.training.setup import Setup
from toy_training import CPU, SETTINGS, Data, build

FILES = {
    "models": "best.pt",
    "histories": "history.csv",
    "training_ids": "training_ids.parquet",
    "validation": "predictions/validation.parquet",
    "test": "predictions/test.parquet",
}
CLASSES = ("no", "yes")


class Named(dict):
    """Files or parameters, as Snakemake names them; iterated over, the files one by one."""

    __getattr__ = dict.__getitem__

    def __iter__(self):
        return iter([path for paths in self.values() for path in paths])


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs = {key: [f"results/toy/fold-{fold}/{name}" for fold in range(3)] for key, name in FILES.items()}
    return SimpleNamespace(rule="train", input=Named(), output=Named(outputs), params=Named(code="digest"))


def samples(fold: int) -> Samples:
    codes = Data().codes.tolist()
    subsets = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    table = pd.DataFrame({"image_id": [f"{fold}-{k}" for k in range(60)], "variant": "original", "subset": subsets})
    return Samples(table.assign(label=[CLASSES[code] for code in codes]), torch.arange(60), torch.zeros(60).long())


def set_up_folds(stopped_in: int | None = None):
    """Return what sets a fold's network up, and the folds that it was asked for; one fold can be stopped in."""
    asked = []

    def set_up(fold: int) -> Setup:
        asked.append(fold)
        data = Data(at=20 if fold == stopped_in else None)
        task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
        return Setup(build(), task, samples(fold), CPU)

    return set_up, asked


def contents(snakemake) -> dict[str, bytes]:
    return {path: Path(path).read_bytes() for path in snakemake.output}


def test_every_fold_leaves_its_files_in_its_folder(snakemake):
    set_up, asked = set_up_folds()
    train_folds(snakemake, set_up, SETTINGS, 8, CLASSES)
    assert asked == [0, 1, 2]
    assert len(contents(snakemake)) == 15
    for name, expected in (("training_ids", range(40)), ("validation", range(40, 50)), ("test", range(50, 60))):
        for fold, path in enumerate(snakemake.output[name]):
            assert read_table(path)["image_id"].tolist() == [f"{fold}-{k}" for k in expected]


def test_after_an_interruption_finished_folds_are_not_trained_again(snakemake):
    set_up, _ = set_up_folds()
    train_folds(snakemake, set_up, SETTINGS, 8, CLASSES)
    expected = contents(snakemake)

    snakemake.params = Named(code="another")
    set_up, asked = set_up_folds(stopped_in=1)
    with pytest.raises(KeyboardInterrupt):
        train_folds(snakemake, set_up, SETTINGS, 8, CLASSES)
    assert asked == [0, 1]
    # Snakemake deletes the outputs of a job that failed.
    for path in snakemake.output:
        Path(path).unlink(missing_ok=True)
    set_up, asked = set_up_folds()
    train_folds(snakemake, set_up, SETTINGS, 8, CLASSES)
    assert asked == [1, 2]
    assert contents(snakemake) == expected
