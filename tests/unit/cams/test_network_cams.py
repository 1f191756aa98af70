"""CAMs of trained networks: which network computes them, and of which images."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from selcn.cams.grad_cam import cam_of
from selcn.cams.lesion import best_fold, map_lesions
from selcn.cams.symmetry import choose_folds
from selcn.networks.lesion import LesionHead, LesionSettings
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.storage.artifacts import write_table
from selcn.training.lesion import CellImages
from selcn.training.samples import stage_samples

IDS, CLASSES = ["a", "b", "c", "d", "e"], ("benign", "malignant")
ROWS = pd.DataFrame({"image_id": IDS, "label": "nv"})
# Two threads, unlike any other test's.
TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0, torch_threads=2)
SETTINGS = LesionSettings("none", True, InputSettings(32), TRAINING, dropout=0.5, inference_batch_size=2)


def predictions(right: list[bool], path) -> str:
    """Write predictions of some images that are right or wrong."""
    shares = np.where(right, 0.9, 0.1) + 0.01 * np.arange(len(right))
    write_table(pd.DataFrame({"label": "benign", "prob_benign": shares, "prob_malignant": 1 - shares}), path)
    return str(path)


@pytest.fixture
def lesions(tmp_path) -> str:
    table = pd.DataFrame({"image_id": IDS, "role": ["test", "pool", "test", "pool", "test"]})
    table = table.assign(symmetry_fold=np.array([2, 0, 1, 1, 0], np.int8))
    other = table.assign(dataset="isic2019", role=table["role"].replace("pool", "seen"), symmetry_fold=np.int8(0))
    write_table(pd.concat([other, table.assign(dataset="ham10000")]), tmp_path / "lesions.parquet")
    return str(tmp_path / "lesions.parquet")


def test_the_thesis_s_cams_are_by_the_best_fold_and_the_others_by_the_image_s_own(tmp_path, lesions):
    splits = pd.DataFrame({"image_id": ["a"], "variant": ["rot90"], "label": ["nv"]})
    samples = stage_samples(splits, ROWS)
    right = [[True, False, False], [True, True, False], [False, False, False]]
    files = [predictions(row, tmp_path / f"{fold}.parquet") for fold, row in enumerate(right)]
    thesis = choose_folds(SimpleNamespace(lesions=[], predictions=files), "ham10000", samples)
    assert (thesis.tolist(), thesis.dtype) == ([1] * 6, np.int8)
    leakfree = choose_folds(SimpleNamespace(lesions=lesions, predictions=files), "ham10000", samples)
    assert leakfree.tolist() == [2, 2, 0, 1, 1, 0]


def test_a_cell_s_cams_are_by_the_fold_of_each_protocol_s_choice(tmp_path):
    right = [[True, True], [True, False]]
    losses = [[0.9, 0.5], [0.4, 0.6]]
    trained = SimpleNamespace(histories=[], test=[])
    for fold in range(2):
        trained.test.append(predictions(right[fold], tmp_path / f"{fold}.parquet"))
        trained.histories.append(str(tmp_path / f"{fold}.csv"))
        pd.DataFrame({"train_loss": 0.5, "validation_loss": losses[fold]}).to_csv(trained.histories[-1], index=False)
    assert (best_fold(trained, leakfree=False), best_fold(trained, leakfree=True)) == (0, 1)


@pytest.fixture
def frozen(tmp_path):
    """A trained head in a file, the features of images and turned copies, and the images as a job opens them."""
    torch.manual_seed(0)
    head = LesionHead(3, 4, 2, SETTINGS, with_cam=False)
    torch.save(head.state_dict(), tmp_path / "best.pt")
    features = torch.randn(10, 3, 4, 4).half()
    pairs = pd.DataFrame({"image_id": [*IDS, *IDS], "variant": ["rot90"] * 5 + ["original"] * 5})
    write_table(pairs, tmp_path / "features.parquet")
    write_table(ROWS, tmp_path / "rows.parquet")
    np.save(tmp_path / "features.npy", features.numpy())
    inputs = {"rows": tmp_path / "rows.parquet", "features": tmp_path / "features.npy"}
    inputs = SimpleNamespace(**inputs, features_rows=tmp_path / "features.parquet")
    return head.eval(), features[5:].float(), CellImages.open("cls-none_sym-off", inputs, True), tmp_path / "best.pt"


@pytest.mark.parametrize("leakfree", [False, True])
def test_a_lesion_network_s_cams_are_of_the_scored_originals(frozen, lesions, leakfree):
    head, features, images, model = frozen
    threads = torch.get_num_threads()
    try:
        frame, cams = map_lesions(images, lesions if leakfree else [], CLASSES, SETTINGS, str(model), 3)
        assert torch.get_num_threads() == 2, "the settings' threads, which decide the last bits"
    finally:
        torch.set_num_threads(threads)
    chosen = [0, 2, 4] if leakfree else range(5)
    expected, empty, logits = cam_of(head, features[list(chosen)])
    assert frame["image_id"].tolist() == [IDS[number] for number in chosen]
    assert set(frame["variant"]) == {"original"}
    assert (set(frame["fold"]), frame["fold"].dtype) == ({3}, np.int8)
    assert frame["predicted"].tolist() == [CLASSES[code] for code in logits.argmax(1)]
    assert frame["empty"].tolist() == empty.tolist()
    np.testing.assert_allclose(cams, expected, atol=1e-3)
