"""Set-ups of the classifiers' trainings: class weights, and what the network and its batches are made of."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from declared import LESION_CLASSES
from selcn.networks.lesion import LesionSettings
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.symmetry import MODELS, SymmetrySettings
from selcn.storage.artifacts import write_table
from selcn.training.lesion import CellImages, set_up_lesion
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples
from selcn.training.symmetry import set_up_symmetry

TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0)
# Of each class, the samples of each subset; no two subsets have the same shares.
CLASSES = MODELS["none"].classes
COUNTS = {"train": (1, 3), "validation": (5, 1), "test": (4, 2)}


def table_of(classes: tuple[str, str]) -> pd.DataFrame:
    rows = [
        (label, subset)
        for subset, counts in COUNTS.items()
        for label, count in zip(classes, counts, strict=True)
        for _ in range(count)
    ]
    table = pd.DataFrame(rows, columns=["label", "subset"])
    return table.assign(image_id=[f"i{number}" for number in range(len(table))], variant="original")


@pytest.fixture
def packed(tmp_path) -> PackedImages:
    table = table_of(CLASSES)
    np.save(tmp_path / "images.npy", np.zeros((len(table), 32, 32, 3), np.uint8))
    write_table(table[["image_id", "label"]], tmp_path / "rows.parquet")
    return PackedImages.open(SimpleNamespace(images=[str(tmp_path / "images.npy")], rows=tmp_path / "rows.parquet"))


def symmetry_setup(packed: PackedImages):
    settings = SymmetrySettings("squeezenet1_0", InputSettings(32), TRAINING, dropout=0.0)
    samples = Samples.locate(table_of(CLASSES), packed.rows)
    return set_up_symmetry(packed, MODELS["scratch-none"], samples, settings, [])


def lesion_setup(tmp_path):
    """A frozen cell without CAMs on ISIC 2016's two classes; the features number the images."""
    table = table_of(LESION_CLASSES["isic2016"])
    write_table(table[["image_id", "label"]], tmp_path / "rows.parquet")
    write_table(table[["image_id", "variant"]].iloc[::-1], tmp_path / "features.parquet")
    np.save(tmp_path / "features.npy", np.arange(len(table))[::-1, None, None, None].astype(np.float16))
    files = {"rows": tmp_path / "rows.parquet", "features": tmp_path / "features.npy"}
    files = SimpleNamespace(**files, features_rows=tmp_path / "features.parquet")
    images = CellImages.open("cls-none_sym-off", files, frozen=True)
    settings = LesionSettings("none", True, InputSettings(32), TRAINING, dropout=0.0)
    return set_up_lesion(images, LESION_CLASSES["isic2016"], Samples.locate(table, images.rows), settings, None)


def test_a_trained_encoder_is_trained_with_the_head(packed):
    images = CellImages("cls-none_sym-off", packed.rows, packed, None, None)
    settings = LesionSettings("test_efficientnet", False, InputSettings(32), TRAINING, dropout=0.0)
    samples = Samples.locate(table_of(LESION_CLASSES["isic2016"]), packed.rows)
    setup = set_up_lesion(images, LESION_CLASSES["isic2016"], samples, settings, None)
    inputs, _ = setup.task.batch(torch.arange(3), None)
    assert setup.network(*inputs).shape == (3, 2)
    assert all(parameter.requires_grad for parameter in setup.network.parameters())


def weights_of(setup) -> list[float]:
    """Return the weight that a task's loss gives each class: logits of 0 cost every sample log 2 times it."""
    zeros = torch.zeros(1, 2)
    return [setup.task.loss(zeros, torch.tensor([code])).item() / np.log(2) for code in (0, 1)]


def test_class_weights_count_the_training_samples_alone(tmp_path, packed):
    # Eq. (5): 4 training samples of 2 classes, 1 and 3 of them.
    for setup in (symmetry_setup(packed), lesion_setup(tmp_path)):
        assert weights_of(setup) == pytest.approx([4 / (1 * 2), 4 / (3 * 2)])


def test_a_sample_s_batch_is_its_image_and_its_class(tmp_path):
    setup = lesion_setup(tmp_path)
    chosen = torch.tensor([15, 0, 4])
    (features,), target = setup.task.batch(chosen, None)
    assert features.flatten().tolist() == chosen.tolist()
    classes = LESION_CLASSES["isic2016"]
    assert [classes[code] for code in target.tolist()] == table_of(classes)["label"].iloc[chosen.numpy()].tolist()
