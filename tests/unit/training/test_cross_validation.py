"""A job that trains every fold, each resumable by itself."""

import weakref
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from selcn.data.predictions import fault_of
from selcn.storage.artifacts import read_table, write_table
from selcn.training.classification import classification_task
from selcn.training.cross_validation import history_of, train_folds
from selcn.training.errors import DivergedError, TrainingFailedError
from selcn.training.model_selection import (
    balanced_accuracies,
    best_backbone,
    best_by_test_accuracy,
    best_by_validation_loss,
)
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


class Constant(nn.Module):
    """A network that ignores its input."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(2))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(images), 2)


def test_a_failed_fold_leaves_its_files_and_the_others_are_trained(snakemake):
    def set_up(fold: int) -> Setup:
        data = Data()
        if fold == 0:
            # In training, so that the weights are no numbers after the first epoch.
            data.images[5] = torch.nan
        task = classification_task(data.batch, data.codes[:40], 2, weighted=True, device=CPU)
        return Setup(Constant() if fold == 1 else build(), task, samples(fold), CPU)

    train_folds(snakemake, set_up, SETTINGS, 8, CLASSES)
    assert all(Path(path).exists() for path in snakemake.output)
    for subset in ("validation", "test"):
        assert [fault_of(read_table(path)) for path in snakemake.output[subset]] == [
            "predictions that are not finite",
            "constant logits, the same prediction for every image",
            None,
        ]
    diverged = pd.read_csv(snakemake.output["histories"][0])
    assert diverged["epoch"].tolist() == [1]
    assert diverged["validation_loss"].isna().all()
    assert best_by_validation_loss(snakemake.output["histories"]) == 2
    # One that diverges later has lower losses before it.
    lowest = pd.DataFrame({"train_loss": [0.5, 0.5], "validation_loss": [1e-9, np.nan]})
    lowest.to_csv("later.csv", index=False)
    assert best_by_validation_loss(["later.csv", *snakemake.output["histories"]]) == 3
    assert best_by_validation_loss(["later.csv"]) == 0


def test_a_diverged_network_s_weights_are_no_numbers_whatever_they_were(tmp_path):
    def fit(settings, progress):
        raise DivergedError("epoch 2: the loss is not finite", {"epoch": 2, "train_loss": np.inf})

    network = nn.Linear(2, 3)
    history = history_of(SimpleNamespace(network=network, fit=fit), SETTINGS, tmp_path / "progress.pt")
    assert history["epoch"].tolist() == [2]
    assert network(torch.ones(4, 2)).isnan().all()


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([([0.3, 0.5], [0.3, np.inf]), ([0.9, 0.8], [0.5, 0.4])], 1),
        ([([0.3, np.nan], [0.3, 0.2]), ([0.9, 0.8], [0.5, 0.4])], 1),
        ([([0.9, 0.8], [0.5, 0.4]), ([0.9, 0.8], [0.5, 0.4])], 0),
    ],
)
def test_a_training_that_diverged_is_no_best_fold(tmp_path, losses, best):
    paths = [str(tmp_path / f"{number}.csv") for number in range(2)]
    for path, (train, validation) in zip(paths, losses, strict=True):
        pd.DataFrame({"train_loss": train, "validation_loss": validation}).to_csv(path, index=False)
    assert best_by_validation_loss(paths) == best


def test_a_failed_network_is_neither_the_best_fold_nor_of_the_best_backbone(tmp_path):
    labels = ["a", "b", "a", "b"]
    diverged = pd.DataFrame({"label": labels, "prob_a": np.nan, "prob_b": np.nan})
    poor = pd.DataFrame({"label": labels, "prob_a": [0.2, 0.9, 0.9, 0.8], "prob_b": [0.8, 0.1, 0.1, 0.2]})
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("diverged", "poor")}
    for name, table in (("diverged", diverged), ("poor", poor)):
        write_table(table, paths[name])
    assert best_by_test_accuracy(list(paths.values())) == 1
    accuracies = balanced_accuracies({"one": [paths["poor"], paths["diverged"]], "two": [paths["poor"]]})
    assert best_backbone(accuracies) == "two"
    with pytest.raises(TrainingFailedError, match=r"every backbone failed \(one\)"):
        best_backbone({"one": accuracies["one"]})


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


def test_a_fold_s_arrays_are_let_go_of_before_the_next_fold_s_are_made(snakemake):
    set_up, _ = set_up_folds()
    former: list[weakref.ref] = []

    def watched(fold: int) -> Setup:
        assert all(setup() is None for setup in former)
        former.append(weakref.ref(setup := set_up(fold)))
        return setup

    train_folds(snakemake, watched, SETTINGS, 8, CLASSES)
    assert len(former) == 3
