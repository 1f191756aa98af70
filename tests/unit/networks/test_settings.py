"""The configuration's sections as the networks' settings."""

from pathlib import Path

import pytest
import yaml

from selcn.networks.lesion import LesionSettings
from selcn.networks.segmentation import SegmentationSettings
from selcn.networks.symmetry import SymmetrySettings

PROJECT = Path(__file__).parents[3]
SETTINGS = {"segmentation": SegmentationSettings, "symmetry": SymmetrySettings, "lesion": LesionSettings}


def section(file: str, network: str) -> dict:
    return yaml.safe_load((PROJECT / file).read_text())[network]


@pytest.mark.parametrize("network", SETTINGS)
def test_settings_are_those_of_the_configuration(network):
    values, gpu = section("config.yaml", network), section("config.yaml", "gpu")
    values["training"] |= gpu
    settings = SETTINGS[network].from_config(values | {"inference_batch_size": 77})
    assert settings.inference_batch_size == 77
    assert vars(settings.training) == values["training"]
    assert vars(settings.input) == values["input"]


@pytest.mark.parametrize("network", SETTINGS)
@pytest.mark.parametrize("overlay", ["config/demo.yaml", "config/frozen.yaml"])
def test_small_studies_predict_in_the_batches_that_they_train_in(network, overlay):
    training = section("config.yaml", network)["training"] | section(overlay, network)["training"]
    assert section(overlay, network)["inference_batch_size"] == training["batch_size"]
