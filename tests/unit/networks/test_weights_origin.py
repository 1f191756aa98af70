"""Where pre-trained weights come from, as it is recorded beside them."""

import hashlib

import pytest

from selcn.networks.weights import provide_weights
from selcn.networks.weights_origin import hub_of, write_origin
from selcn.storage.artifacts import read_json


def test_a_file_is_recorded_with_its_checksum_and_that_of_what_was_made_of_it(tmp_path):
    given, weights = tmp_path / "given.safetensors", tmp_path / "squeezenet1_0.safetensors"
    provide_weights("squeezenet1_0", "random", given, seed=1)
    provide_weights("squeezenet1_0", str(given), weights, seed=1)
    write_origin("squeezenet1_0", str(given), weights)
    assert read_json(tmp_path / "squeezenet1_0.json") == {
        "source": str(given),
        "source_sha256": hashlib.sha256(given.read_bytes()).hexdigest(),
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize(
    ("name", "tag", "address"),
    [
        ("squeezenet1_0", "SqueezeNet1_0_Weights.IMAGENET1K_V1", "https://download.pytorch.org/models/squeezenet1_0-"),
        ("efficientnet_b4", "ra2_in1k", "https://huggingface.co/timm/efficientnet_b4.ra2_in1k"),
    ],
)
def test_hub_weights_have_a_tag_and_an_address(name, tag, address):
    found = hub_of(name)
    assert found["tag"] == tag
    assert found["address"].startswith(address)
