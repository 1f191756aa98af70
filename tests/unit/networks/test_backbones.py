"""The symmetry network on each of its backbones, and their selection."""

import json
import re
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch import nn
from torchvision.models import squeezenet1_0

from jobs import run_script
from selcn.cams.grad_cam import cam_of
from selcn.design.trained_networks import TrainedNetwork
from selcn.networks.backbones import build_backbone, channels_of
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.symmetry import MODELS, SymmetrySettings, build_symmetry_network
from selcn.networks.weights import WeightsError, build, file_of, load_weights, provide_weights
from selcn.storage.artifacts import write_table
from selcn.training import symmetry as symmetry_setup
from selcn.training.model_selection import balanced_accuracies, balanced_accuracy_of, best_backbone
from selcn.training.packed import PackedImages
from selcn.training.samples import Samples
from selcn.workflow.configuration import backbone_refusal, weights_refusal

CHANNELS = {"resnet34": 512, "efficientnet_b0": 1280, "shufflenet_v2_x1_0": 1024, "squeezenet1_0": 512}
CLASSIFIERS = {"resnet34": "fc", "efficientnet_b0": "classifier", "shufflenet_v2_x1_0": "fc"}
# Before the names that a network's library gives its weights.
PREFIXES = {
    "resnet34": "features.model.",
    "efficientnet_b0": "features.model.",
    "shufflenet_v2_x1_0": "features.",
    "squeezenet1_0": "",
}
SCRIPTS = Path(__file__).parents[3] / "workflow_scripts"
TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for name in CHANNELS:
        provide_weights(name, "random", folder / f"{name}.safetensors", seed=1)
    return folder


def settings_of(backbone: str) -> SymmetrySettings:
    return SymmetrySettings(backbone, InputSettings(64), TRAINING, 0.5)


def squeezenet_as_first_built(dropout: float) -> nn.Module:
    """The symmetry network as it was before there was a choice of backbones."""
    features = squeezenet1_0().features
    last = nn.Conv2d(512, 2, kernel_size=1)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.zeros_(last.bias)
    classifier = nn.Sequential(nn.Dropout(dropout), last, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(OrderedDict(features=features, classifier=classifier))


def test_squeezenet_is_to_the_bit_what_it_was_before_there_was_a_choice(weights):
    torch.manual_seed(42)
    expected = squeezenet_as_first_built(0.5)
    drawn = torch.get_rng_state()
    torch.manual_seed(42)
    network = build_symmetry_network(settings_of("squeezenet1_0"), None)
    assert torch.equal(torch.get_rng_state(), drawn)
    state, wanted = network.state_dict(), expected.state_dict()
    assert list(state) == list(wanted)
    assert all(torch.equal(state[key], wanted[key]) for key in wanted)
    images = torch.randn(2, 3, 64, 64)
    torch.manual_seed(0)
    logits = expected(images)
    torch.manual_seed(0)
    assert network.training
    assert torch.equal(network(images), logits)

    torch.manual_seed(42)
    pretrained = build_symmetry_network(settings_of("squeezenet1_0"), weights / "squeezenet1_0.safetensors")
    file, state = load_file(weights / "squeezenet1_0.safetensors"), pretrained.state_dict()
    assert all(torch.equal(state[key], file[key]) for key in state if key.startswith("features."))
    assert torch.equal(state["classifier.1.weight"], wanted["classifier.1.weight"])


@pytest.mark.parametrize("name", CHANNELS)
def test_every_backbone_ends_in_a_map_that_cams_are_made_of(weights, name):
    torch.manual_seed(0)
    network = build_symmetry_network(settings_of(name), weights / f"{name}.safetensors").eval()
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        activations, logits = network.features(images), network(images)
    assert activations.shape[:2] == (2, CHANNELS[name])
    assert activations.ndim == 4
    assert logits.shape == (2, 2)
    cam, empty, explained = cam_of(network.classifier, activations)
    assert cam.shape == (2, *activations.shape[2:])
    assert empty.shape == (2,)
    torch.testing.assert_close(explained, logits)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_backbone_starts_from_its_file_and_is_loaded_again_from_its_own(weights, name):
    file = load_file(weights / f"{name}.safetensors")
    trained = build_symmetry_network(settings_of(name), weights / f"{name}.safetensors")
    state = {key.removeprefix(PREFIXES[name]): value for key, value in trained.state_dict().items()}
    kernels = [key for key, value in state.items() if value.ndim == 4 and key != "classifier.1.weight"]
    assert len(kernels) > 20
    assert all(torch.equal(state[key], file[key]) for key in kernels)

    again = build_symmetry_network(settings_of(name), None)
    assert not torch.equal(next(again.parameters()), next(trained.parameters()))
    again.load_state_dict(trained.state_dict())
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(again.eval()(images), trained.eval()(images))


@pytest.mark.parametrize("name", ["resnet34", "efficientnet_b0", "shufflenet_v2_x1_0"])
def test_the_last_map_is_what_the_library_s_own_network_averages(weights, name):
    whole = build(name, pretrained=False).eval()
    load_weights(whole, weights / f"{name}.safetensors")
    backbone = build_backbone(name, weights / f"{name}.safetensors")
    assert channels_of(backbone, 64) == CHANNELS[name]
    assert backbone.training
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        averaged = backbone.eval()(images).mean((2, 3))
        torch.testing.assert_close(getattr(whole, CLASSIFIERS[name])(averaged), whole(images))


def test_no_relu_follows_the_last_convolution():
    torch.manual_seed(0)
    network = build_symmetry_network(settings_of("squeezenet1_0"), None).eval()
    network.classifier[1].bias.data.fill_(-1.0)
    with torch.no_grad():
        assert (network(torch.randn(2, 3, 64, 64)) < 0).all()


def test_weights_of_another_backbone_are_refused(weights):
    with pytest.raises(WeightsError, match="missing or of another shape"):
        build_symmetry_network(settings_of("squeezenet1_0"), weights / "shufflenet_v2_x1_0.safetensors")


def test_a_network_that_ends_in_no_map_is_refused():
    with pytest.raises(ValueError, match=r"\(1, 12288\); expected a feature map"):
        channels_of(nn.Flatten(), 64)


def test_a_training_picks_the_weights_of_its_backbone(weights, monkeypatch):
    files = [str(weights / f"{name}.safetensors") for name in CHANNELS]
    assert file_of("shufflenet_v2_x1_0", files) == weights / "shufflenet_v2_x1_0.safetensors"
    with pytest.raises(WeightsError, match=r"no weights of resnet50 among .*expected resnet50\.safetensors"):
        file_of("resnet50", files)
    taken = []
    monkeypatch.setattr(symmetry_setup, "classification_task", lambda *args: None)
    monkeypatch.setattr(symmetry_setup, "build_symmetry_network", lambda settings, file: taken.append(file))
    table = pd.DataFrame({"image_id": ["a"], "variant": "original", "label": "symmetric", "subset": "train"})
    samples = Samples.locate(table, table)
    packed = PackedImages(table, np.zeros((1, 64, 64, 3), np.uint8), None)
    for model, given in (("none", files), ("scratch-none", [])):
        symmetry_setup.set_up_symmetry(packed, MODELS[model], samples, settings_of("resnet34"), given)
    assert taken == [weights / "resnet34.safetensors", None]


def predictions(symmetric: list[float], asymmetric: list[float]) -> pd.DataFrame:
    """Predictions of as many images of each class as there are probabilities of the class symmetric."""
    probability = np.array([*symmetric, *asymmetric])
    label = ["symmetric"] * len(symmetric) + ["asymmetric"] * len(asymmetric)
    return pd.DataFrame({"label": label, "prob_asymmetric": 1 - probability, "prob_symmetric": probability})


def test_balanced_accuracy_counts_both_classes_alike():
    assert balanced_accuracy_of(predictions([0.9, 0.8, 0.7, 0.2], [0.9])) == pytest.approx(0.375)


def test_the_backbone_with_the_highest_mean_over_folds_is_chosen_and_the_first_of_equals(tmp_path):
    folds = {
        "one": [predictions([0.9], [0.8]), predictions([0.9], [0.8])],  # 0.5, 0.5
        "two": [predictions([0.9], [0.1]), predictions([0.9], [0.8])],  # 1.0, 0.5
        "three": [predictions([0.9], [0.8]), predictions([0.9], [0.1])],  # 0.5, 1.0
    }
    paths = {name: [str(tmp_path / f"{name}-{k}.parquet") for k in range(2)] for name in folds}
    for name, tables in folds.items():
        for path, table in zip(paths[name], tables, strict=True):
            write_table(table, path)
    accuracies = balanced_accuracies(paths)
    assert accuracies == pytest.approx({"one": 0.5, "two": 0.75, "three": 0.75})
    assert best_backbone(accuracies) == "two"
    assert best_backbone(dict(reversed(accuracies.items()))) == "three"


def test_the_script_selects_among_the_predictions_of_all_folds(tmp_path):
    paths, networks = [], []
    for name, right in (("resnet34", 0.9), ("squeezenet1_0", 0.1)):
        for fold in range(2):
            paths.append(tmp_path / name / f"fold-{fold}" / "predictions" / "validation.parquet")
            networks.append(TrainedNetwork("backbone", "symderm", name, fold))
            write_table(predictions([0.9], [right]), paths[-1])
    selected = tmp_path / "selected.json"
    run_script("select_backbone", tmp_path, {"predictions": paths}, {"selected": selected}, {"networks": networks})
    assert json.loads(selected.read_text()) == {"backbone": "squeezenet1_0"}


@pytest.mark.parametrize(("configured", "written"), [("auto", "resnet34"), ("squeezenet1_0", "squeezenet1_0")])
def test_the_settings_name_the_backbone_and_never_say_auto(tmp_path, configured, written):
    selected, settings = tmp_path / "selected.json", tmp_path / "symmetry.yaml"
    selected.write_text('{"backbone": "resnet34"}')
    inputs = {"best": [], "selected": selected if configured == "auto" else []}
    params = {"settings": {"backbone": configured, "dropout": 0.5}}
    run_script("write_settings", tmp_path, inputs, {"settings": settings}, params)
    assert yaml.safe_load(settings.read_text()) == {"backbone": written, "dropout": 0.5}


@pytest.mark.parametrize(
    ("symmetry", "said"),
    [
        ({"backbone": "auto", "backbones": []}, r"symmetry\.backbone is auto, but symmetry\.backbones is empty"),
        ({"backbone": "vgg11", "backbones": []}, r"symmetry\.backbone names vgg11, .* add weights: {vgg11: hub}"),
        ({"backbone": "auto", "backbones": ["a", "b"]}, r"symmetry\.backbones names b, but weights has no such key"),
    ],
)
def test_backbones_that_cannot_be_had_are_refused(symmetry, said):
    assert re.search(said, backbone_refusal(symmetry, {"a": "hub"}))


@pytest.mark.parametrize("symmetry", [{"backbone": "a", "backbones": []}, {"backbone": "auto", "backbones": ["a"]}])
def test_backbones_with_weights_are_not_refused(symmetry):
    assert backbone_refusal(symmetry, {"a": "hub"}) is None


def test_networks_without_a_key_of_weights_are_refused():
    assert re.search(
        r"lesion\.encoder names b9, .* add weights: {b9: hub}", weights_refusal("lesion.encoder", "b9", {})
    )
    assert weights_refusal("lesion.encoder", "b4", {"b4": "hub"}) is None
    assert weights_refusal("segmentation.weights", None, {}) is None
