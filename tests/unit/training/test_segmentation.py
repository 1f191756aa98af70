"""Masks by one segmentation network, by several and over flips; every architecture that the schema admits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import segmentation_models_pytorch as smp
import torch
import yaml
from safetensors.torch import load_file
from sklearn.metrics import f1_score
from torch import nn

from jobs import run_script
from selcn.design.trained_networks import TrainedNetwork
from selcn.masks.prediction import lesion_probabilities, predict_masks
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.networks.weights import provide_weights
from selcn.report.tables.models import label_of
from selcn.storage.artifacts import read_json, write_table
from selcn.training.images import Pixels
from selcn.training.segmentation import summed_dice

PROJECT = Path(__file__).parents[3]
CPU = torch.device("cpu")
TRAINING = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0)
ROWS = torch.tensor([2, 0, 1])
SCHEMA = yaml.safe_load((PROJECT / "schemas/config.schema.yaml").read_text())
ARCHITECTURES = SCHEMA["properties"]["segmentation"]["properties"]["architectures"]["items"]["enum"]


def pixels_of(images: np.ndarray, size: int) -> Pixels:
    settings = InputSettings(size, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    return Pixels(torch.from_numpy(np.ascontiguousarray(images)), None, settings, CPU)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


@pytest.fixture
def networks() -> list[nn.Module]:
    """Networks that tell left from right and top from bottom."""
    torch.manual_seed(0)
    return [nn.Conv2d(3, 1, 3, padding=1) for _ in range(3)]


def logits_of(network: nn.Module, images: np.ndarray, size: int) -> torch.Tensor:
    """One network's logits on images as they are, at the images' size."""
    batch = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
    if size < batch.shape[-1]:
        batch = nn.functional.interpolate(batch, (size, size), mode="bilinear", antialias=True)
    with torch.no_grad():
        return nn.functional.interpolate(network(batch), images.shape[1:3], mode="bilinear")[:, 0]


@pytest.mark.parametrize("size", [16, 8])
def test_an_ensemble_is_the_mean_of_its_networks_probabilities(images, networks, size):
    found = lesion_probabilities(networks, pixels_of(images, size), ROWS, flips=False)
    expected = sum(torch.sigmoid(logits_of(network, images[ROWS], size)) for network in networks) / 3
    torch.testing.assert_close(found.float(), expected)
    assert torch.equal(predict_masks(networks, pixels_of(images, size), ROWS, flips=False), found > 0.5)


def test_flips_are_predicted_and_flipped_back(images, networks):
    found = lesion_probabilities(networks, pixels_of(images, 16), ROWS, flips=True)
    expected = torch.zeros(3, 16, 16)
    for network in networks:
        for axes in ((), (1,), (2,), (1, 2)):
            flipped = logits_of(network, np.flip(images[ROWS], axes), 16)
            expected += torch.sigmoid(torch.flip(flipped, axes)) / 12
    torch.testing.assert_close(found.float(), expected)


@pytest.mark.parametrize("axes", [(1,), (2,), (1, 2)])
def test_with_flips_a_flipped_image_has_the_flipped_prediction(images, networks, axes):
    whole = lesion_probabilities(networks, pixels_of(images, 16), ROWS, flips=True)
    flipped = lesion_probabilities(networks, pixels_of(np.flip(images, axes), 16), ROWS, flips=True)
    torch.testing.assert_close(flipped, whole.flip(axes))
    plain = [lesion_probabilities(networks, pixels_of(x, 16), ROWS, False) for x in (images, np.flip(images, axes))]
    assert not torch.allclose(plain[1], plain[0].flip(axes)), "the networks must tell the sides apart"


def test_one_network_without_flips_finds_the_lesion_where_its_logit_is_above_0(images, networks):
    (network, *_) = networks
    network.weight.data.zero_()
    for logit, lesion in ((1e-9, True), (0.0, False), (-1e-9, False)):
        network.bias.data.fill_(logit)
        assert (predict_masks([network], pixels_of(images, 16), ROWS, flips=False) == lesion).all(), logit


@pytest.mark.parametrize("architecture", ["unet", "deeplabv3plus"])
def test_one_network_without_flips_is_the_sign_of_its_logits_to_the_bit(images, architecture):
    torch.manual_seed(0)
    settings = SegmentationSettings("resnet18", InputSettings(32), TRAINING, 0.05)
    network = build_segmentation_network(architecture, settings, None).eval()
    pixels = Pixels(torch.from_numpy(images), None, settings.input, CPU)
    with torch.inference_mode():
        logits = network(pixels.batch(ROWS, torch.zeros_like(ROWS)))
    expected = nn.functional.interpolate(logits, (16, 16), mode="bilinear", align_corners=False)[:, 0] > 0
    assert torch.equal(predict_masks([network], pixels, ROWS, flips=False), expected)


def test_the_schema_admits_every_architecture_of_segmentation_models_pytorch():
    assert sorted(ARCHITECTURES) == sorted(smp.MODEL_ARCHITECTURES_MAPPING)


def test_every_architecture_has_a_name_for_readers():
    names = [label_of("segmentation", architecture)[0] for architecture in ARCHITECTURES]
    assert not set(names) & set(ARCHITECTURES)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name not in ("unet", "deeplabv3plus")])
def test_every_architecture_starts_from_pre_trained_weights_and_predicts_masks(tmp_path, images, architecture):
    # DPT takes transformers alone; PAN halves its map, a sixteenth of the input, three times more.
    encoder, size = ("tu-test_vit", 64) if architecture == "dpt" else ("resnet18", 128)
    name = encoder.removeprefix("tu-")
    provide_weights(name, "random", tmp_path / f"{name}.safetensors", seed=1)
    settings = SegmentationSettings(encoder, InputSettings(size), TRAINING, 0.05)
    network = build_segmentation_network(architecture, settings, tmp_path / f"{name}.safetensors")
    again = build_segmentation_network(architecture, settings, tmp_path / f"{name}.safetensors")
    assert all(map(torch.equal, network.encoder.state_dict().values(), again.encoder.state_dict().values()))
    pixels = Pixels(torch.from_numpy(images), None, settings.input, CPU)
    assert predict_masks([network], pixels, ROWS, flips=False).shape == (3, 16, 16)


@pytest.mark.parametrize("encoder", ["tu-test_convnext", "tu-test_resnet", "densenet121"])
def test_encoders_of_timm_and_torchvision_take_their_weights(tmp_path, encoder):
    name = encoder.removeprefix("tu-")
    provide_weights(name, "random", tmp_path / f"{name}.safetensors", seed=1)
    settings = SegmentationSettings(encoder, InputSettings(64), TRAINING, 0.05)
    network = build_segmentation_network("unet", settings, tmp_path / f"{name}.safetensors")
    file = load_file(tmp_path / f"{name}.safetensors")
    given = {key.replace(".", "_"): value for key, value in file.items()}
    own = getattr(network.encoder, "model", network.encoder).state_dict()
    assert all(torch.equal(value, given[key.replace(".", "_")]) for key, value in own.items())


def selected(tmp_path: Path, dice: dict[str, dict[int, list[int]]]) -> str:
    """The architecture chosen by the right pixels of ten, of each image, by architecture and fold."""
    paths, networks = [], []
    for architecture, folds in dice.items():
        for fold, right in folds.items():
            table = pd.DataFrame({"image_id": [f"{fold}-{k}" for k in range(len(right))], "tp": right})
            table = table.assign(subset="validation", fp=0, fn=10 - table["tp"], tn=0)
            test = table.assign(subset="test", tp=10 - table["tp"], fn=table["tp"])
            path = tmp_path / architecture / f"fold-{fold}" / "counts.parquet"
            write_table(pd.concat([table, test]), path)
            paths.append(str(path))
            networks.append(TrainedNetwork("segmentation", "ham10000", architecture, fold))
    outputs = {"selected": tmp_path / "selected.json"}
    run_script("select_segmentation", tmp_path, {"counts": paths}, outputs, {"networks": networks})
    return read_json(tmp_path / "selected.json")["architecture"]


def test_the_architecture_is_chosen_by_the_validation_images_of_all_folds_together(tmp_path):
    assert selected(tmp_path / "one", {"unet": {0: [9, 9]}, "fpn": {0: [5, 5]}}) == "unet"
    # Fold 1 has more images: the mean of the folds' means would choose U-Net.
    folds = {"unet": {0: [9], 1: [5, 5, 5]}, "fpn": {0: [5], 1: [7, 7, 7]}}
    assert selected(tmp_path / "two", folds) == "fpn"


def test_a_single_architecture_is_chosen_without_pixel_counts(tmp_path):
    networks = [TrainedNetwork("segmentation", "ham10000", "unet", fold) for fold in range(2)]
    outputs = {"selected": tmp_path / "selected.json"}
    run_script("select_segmentation", tmp_path, {"counts": []}, outputs, {"networks": networks})
    assert read_json(tmp_path / "selected.json") == {"architecture": "unet"}


def test_summed_dice_is_scikit_learn_s_f1_of_each_image():
    logits = torch.randn(3, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    truth = (torch.rand(3, 6, 6, generator=torch.Generator().manual_seed(1)) > 0.6).float()
    expected = sum(
        f1_score(true.flatten().numpy(), (one[0] > 0).flatten().numpy())
        for true, one in zip(truth, logits, strict=True)
    )
    assert summed_dice(logits, truth).item() == pytest.approx(expected, abs=1e-6)
    nothing = torch.zeros(2, 4, 4)
    assert summed_dice(-torch.ones(2, 1, 4, 4), nothing).item() == 2
    assert summed_dice(torch.ones(2, 1, 4, 4), nothing).item() == 0
