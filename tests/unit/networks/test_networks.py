"""The networks: E-Layer, frozen features, segmentation, pre-trained weights."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import timm
import torch
from scipy.special import logsumexp, softmax

from selcn.cams.grad_cam import cam_of
from selcn.cams.lesion import split_network
from selcn.design.cells import takes_cams
from selcn.masks.prediction import predict_masks
from selcn.networks.lesion import ELayer, FrozenEncoder, LesionHead, LesionSettings, build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.weights import WeightsError, load_weights, provide_weights
from selcn.storage.artifacts import write_table
from selcn.training.classification import prediction_table
from selcn.training.images import Pixels
from selcn.training.lesion import LesionInputs, build_for
from selcn.training.model_selection import accuracy_of, best_by_test_accuracy, best_by_validation_loss
from selcn.training.samples import Samples
from selcn.training.segmentation import segmentation_task

CPU = torch.device("cpu")
TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0)
LESION = LesionSettings("test_efficientnet", True, InputSettings(64), TRAINING, 0.0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for name in ("test_efficientnet", "resnet18"):
        provide_weights(name, "random", folder / f"{name}.safetensors", seed=1)
    return folder


def test_the_e_layer_is_concatenation_convolution_norm_relu():
    torch.manual_seed(0)
    layer = ELayer(3).eval()
    features, cam = torch.randn(2, 3, 4, 4), torch.rand(2, 4, 4)
    kernel = layer.convolution.weight[:, :, 0, 0]
    expected = torch.zeros(2, 3, 4, 4)
    for b in range(2):
        for y in range(4):
            for x in range(4):
                stacked = torch.cat([features[b, :, y, x], cam[b, y, x].view(1)])
                expected[b, :, y, x] = (kernel @ stacked / (1 + layer.norm.eps) ** 0.5).clamp(min=0)
    assert torch.allclose(layer(features, cam), expected, atol=1e-6)


@pytest.mark.parametrize("side", [2, 4, 7, 13])
def test_the_e_layer_resizes_cams_bilinearly_to_the_features_grid(side):
    layer = ELayer(1).eval()
    # The CAM alone, not the features, reaches the output.
    layer.convolution.weight.data.copy_(torch.tensor([0.0, 1.0]).view(1, 2, 1, 1))
    cams = torch.rand(2, side, side, generator=torch.Generator().manual_seed(0))
    expected = [cv2.resize(cam.numpy(), (5, 4), interpolation=cv2.INTER_LINEAR) for cam in cams]
    found = layer(torch.randn(2, 1, 4, 5), cams)[:, 0] * (1 + layer.norm.eps) ** 0.5
    np.testing.assert_allclose(found.detach(), expected, atol=1e-5)


def test_a_cell_without_cams_has_no_e_layer_and_is_pooling_and_a_linear_layer():
    head = LesionHead(5, 2, 7, LESION, with_cam=False).eval()
    features = torch.randn(3, 5, 2, 2)
    linear = head.classifier[-1]
    assert torch.allclose(head(features), features.mean((2, 3)) @ linear.weight.T + linear.bias, atol=1e-6)
    assert not any("e_layer" in name for name in head.state_dict())


def test_the_cam_reaches_the_logits():
    head = LesionHead(5, 2, 7, LESION, with_cam=True).eval()
    features = torch.randn(3, 5, 2, 2)
    assert not torch.allclose(head(features, torch.zeros(3, 2, 2)), head(features, torch.ones(3, 2, 2)))


def test_a_flattened_head_sees_where_things_are():
    head = LesionHead(5, 2, 7, replace(LESION, head="flatten"), with_cam=False).eval()
    assert head.classifier[-1].in_features == 20
    with pytest.raises(ValueError, match="average or flatten"):
        LesionHead(5, 2, 7, replace(LESION, head="max"), with_cam=False)


def test_frozen_features_are_the_map_before_the_last_expansion(weights):
    encoder = FrozenEncoder("test_efficientnet", weights / "test_efficientnet.safetensors")
    whole = timm.create_model("test_efficientnet", num_classes=0).eval()
    load_weights(whole, weights / "test_efficientnet.safetensors")
    images, seen = torch.randn(2, 3, 64, 64), []
    whole.conv_head.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    with torch.no_grad():
        whole(images)
        assert torch.allclose(encoder(images), seen[0], atol=1e-5)
    assert not any(p.requires_grad for p in encoder.parameters())


def test_the_lesion_network_is_encoder_and_head(weights):
    network = build_lesion_network(LESION, weights / "test_efficientnet.safetensors", 7, with_cam=True).eval()
    images, cam = torch.randn(2, 3, 64, 64), torch.rand(2, 5, 5)
    before, after = split_network(network)
    activations = before(images)
    assert torch.allclose(after(activations, cam), network(images, cam), atol=1e-5)
    map_, empty, _ = cam_of(lambda x: after(x, cam), activations.detach())
    assert map_.shape == (2, *activations.shape[2:])
    assert not empty.all()


def test_a_frozen_cell_trains_the_head_alone():
    samples = Samples.locate(
        pd.DataFrame({"image_id": ["a"], "variant": ["original"], "label": ["nv"], "subset": ["train"]}),
        pd.DataFrame({"image_id": ["a"]}),
    )
    inputs = LesionInputs(samples, None, torch.ones(1, 5, 2, 2).half(), torch.tensor([0]), None, CPU, "none")
    assert isinstance(build_for(inputs, "cls-none_sym-off", 7, LESION, None), LesionHead)
    (features,), _ = inputs.batch(torch.tensor([0]), None)
    assert features.dtype == torch.float32
    assert takes_cams("cls-none_sym-none")
    assert not takes_cams("cls-none_sym-off")


@pytest.mark.parametrize("architecture", ["unet", "deeplabv3plus"])
def test_segmentation_learns_a_bright_square(weights, architecture):
    torch.manual_seed(0)
    images = np.full((8, 32, 32, 3), 60, np.uint8)
    truth = np.zeros((8, 32, 32), np.uint8)
    truth[:, 8:20, 10:24] = 1
    images[truth > 0] = 220
    settings = SegmentationSettings("resnet18", InputSettings(32), TRAINING, 0.05)
    pixels = Pixels(torch.from_numpy(images), None, settings.input, CPU)
    rows, variants = torch.arange(8), torch.tensor([0, 1, 2, 3] * 2)
    task = segmentation_task(pixels, torch.from_numpy(truth), rows, variants, settings)
    (batch,), target = task.batch(rows, None)
    bright = batch[:, 0] > batch[:, 0].mean()
    assert torch.equal(bright, target > 0.5), "masks must turn with their images"
    network = build_segmentation_network(architecture, settings, weights / "resnet18.safetensors")
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(8):
        loss = task.loss(network(batch), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert predict_masks([network], pixels, rows, flips=False).shape == (8, 32, 32)
    perfect = (target[:, None] * 2 - 1) * 10
    assert task.correct(perfect, target) == 8


def test_missing_weights_name_the_file_to_put(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.pt: no such file; put the pre-trained weights there"):
        provide_weights("resnet18", str(tmp_path / "nowhere.pt"), tmp_path / "out.safetensors", 0)
    assert not (tmp_path / "out.safetensors").exists()


class Malicious:
    """What makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_file_of_weights_with_code_in_it_is_refused_and_runs_nothing(tmp_path):
    made = tmp_path / "made"
    torch.save({"conv1.weight": Malicious(made)}, tmp_path / "bad.pt")
    with pytest.raises(WeightsError, match=r"bad\.pt: not a weights file \(Weights only load failed"):
        provide_weights("resnet18", str(tmp_path / "bad.pt"), tmp_path / "out.safetensors", 0)
    assert not made.exists()
    torch.load(tmp_path / "bad.pt", weights_only=False)
    assert made.exists(), "the file does nothing bad, so the test shows nothing"


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x80\x02}q\x00.", b"PK\x03\x04" + bytes(200)])
def test_files_that_are_no_weights_are_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{name}: not a weights file"):
        provide_weights("resnet18", str(path), tmp_path / "out.safetensors", 0)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [{"state_dict": {}}, [torch.zeros(1)], {1: torch.zeros(1)}])
def test_a_file_of_other_things_than_weights_is_named(tmp_path, content):
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"a\.pth: does not contain named weights only"):
        provide_weights("resnet18", str(tmp_path / "a.pth"), tmp_path / "out.safetensors", 0)


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(WeightsError, match="missing or of another shape"):
        load_weights(timm.create_model("test_efficientnet"), weights / "resnet18.safetensors", new=("classifier",))


def test_the_best_fold_is_the_one_with_the_highest_test_accuracy(tmp_path):
    tables = [
        pd.DataFrame({"label": ["a", "b", "b"], "prob_a": [0.9, 0.8, 0.2], "prob_b": [0.1, 0.2, 0.8]}),
        pd.DataFrame({"label": ["a", "b", "b"], "prob_a": [0.9, 0.1, 0.2], "prob_b": [0.1, 0.9, 0.8]}),
    ]
    for k, table in enumerate(tables):
        write_table(table, tmp_path / f"{k}.parquet")
    assert accuracy_of(tables[0]) == pytest.approx(2 / 3)
    assert best_by_test_accuracy([str(tmp_path / "0.parquet"), str(tmp_path / "1.parquet")]) == 1


def test_the_best_fold_of_the_leakfree_protocol_is_the_one_with_the_lowest_validation_loss(tmp_path):
    paths = []
    for fold, losses in enumerate(([0.9, 0.5, 0.8], [0.7, 0.4, 0.9], [0.4, 0.6, 0.7])):
        paths.append(str(tmp_path / f"{fold}.csv"))
        pd.DataFrame({"epoch": [1, 2, 3], "train_loss": 0.5, "validation_loss": losses}).to_csv(paths[-1], index=False)
    assert best_by_validation_loss(paths) == 1


def test_predictions_keep_the_probabilities_and_what_the_softmax_takes_from_the_logits():
    logits = np.random.default_rng(0).normal(0, 30, (5, 3)).astype(np.float32)
    samples = pd.DataFrame({"image_id": list("abcde"), "variant": "original", "label": "nv", "subset": "test"})
    table = prediction_table(samples, logits, ["mel", "nv", "bcc"])
    assert table.columns.tolist() == ["image_id", "variant", "label", "prob_mel", "prob_nv", "prob_bcc", "logsumexp"]
    probabilities = table.filter(regex="^prob_").to_numpy()
    np.testing.assert_allclose(probabilities, softmax(logits, axis=1), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(table["logsumexp"], logsumexp(logits, axis=1), rtol=1e-6)


def test_predictions_are_computed_in_double_precision_and_rounded_once():
    logits = np.random.default_rng(0).normal(0, 30, (500, 3)).astype(np.float32)
    samples = pd.DataFrame({"image_id": range(500), "variant": "original", "label": "nv"})
    table = prediction_table(samples, logits, ["mel", "nv", "bcc"])
    exact = logits.astype(np.float64)
    probabilities = table.filter(regex="^prob_").to_numpy()
    np.testing.assert_array_max_ulp(probabilities, softmax(exact, axis=1).astype(np.float32), 1)
    np.testing.assert_array_max_ulp(table["logsumexp"].to_numpy(), logsumexp(exact, axis=1).astype(np.float32), 1)
